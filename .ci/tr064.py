"""Reads the simulated box with fritzconnection and compares with tr064.want.json.

tr064.py HTTP_PORT HTTPS_PORT CONTROL_PORT
"""
import json
import pathlib
import sys
import urllib.request

import urllib3
from fritzconnection import FritzConnection
from fritzconnection.core.exceptions import (
    FritzActionError,
    FritzArgumentError,
    FritzArrayIndexError,
    FritzAuthorizationError,
)
from fritzconnection.core.utils import get_xml_root
from fritzconnection.lib.fritzcall import FritzCall
from fritzconnection.lib.fritzphonebook import FritzPhonebook

urllib3.disable_warnings()
http, https, control = map(int, sys.argv[1:4])
want = json.loads(pathlib.Path(__file__).with_name("tr064.want.json").read_text(encoding="utf-8"))
ONTEL = "X_AVM-DE_OnTel1"
PASSWORD = "geheim & 77"


def same(what, got, expected):
    if got != expected:
        sys.exit(f"fritzconnection: {what} is\n{json.dumps(got, ensure_ascii=False)}\nand not\n{json.dumps(expected, ensure_ascii=False)}")


def state():
    with urllib.request.urlopen(f"http://127.0.0.1:{control}/state") as answer:
        return json.load(answer)["tr064"]


def refused(kind, call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except kind:
        return
    sys.exit(f"fritzconnection: {args} was not refused with {kind.__name__}")


def text(value):
    return "" if value is None else value


for tls, port in ((False, http), (True, https)):
    # No name: the client asks the box who logged in last, as its maker advises.
    fc = FritzConnection(address="127.0.0.1", port=port, password=PASSWORD, use_tls=tls, timeout=10)
    same("the model", fc.modelname, want["model"])
    same("the version", fc.system_version, "8.2")
    same("the services", sorted(name.rstrip("1") for name in fc.services), want["services"])
    same("the user", fc.soaper.user, "fritz3456")

    books = FritzPhonebook(fc)
    got = []
    for i in books.phonebook_ids:
        contacts = [[text(name), list(numbers)] for name, numbers in books.get_all_name_numbers(i)]
        got.append([books.phonebook_info(i)["name"], contacts])
    same("the phonebooks", got, want["phonebooks"])
    books._read_phonebook(fc.call_action(ONTEL, "GetCallBarringList")["NewPhonebookURL"])
    same("call barring", [[text(c.name), list(c.numbers)] for c in books.phonebook.contacts], want["barring"])

    calls = FritzCall(fc)
    numbertypes = [e.text for e in get_xml_root(fc.call_action(ONTEL, "GetCallList")["NewCallListURL"], session=fc.session).iter("Numbertype")]
    got = [
        [c.Type, text(c.Caller), text(c.Called), text(c.Name), kind, text(c.Device), c.Port, c.Duration, text(c.Path)]
        for c, kind in zip(calls.get_calls(), numbertypes)
    ]
    same("the call list", got, want["calls"])
    if any(c.date is None or isinstance(c.date, str) for c in calls.get_calls()):
        sys.exit("fritzconnection: a date cannot be read")
    same("the missed calls", len(calls.get_missed_calls()), 1)
    same("two calls", len(calls.get_calls(num=2)), 2)

    on = state()["deflections"][0]["enabled"]
    rule = fc.call_action(ONTEL, "GetDeflection", NewDeflectionId=0)
    same("the diversion", [rule[k] for k in ("NewType", "NewNumber", "NewDeflectionToNumber", "NewMode")], want["deflection"])
    same("the diversion's switch", rule["NewEnable"], on)
    fc.call_action(ONTEL, "SetDeflectionEnable", NewDeflectionId=0, NewEnable=not on)
    same("the diversion, switched", state()["deflections"][0]["enabled"], not on)

    entry = '<?xml version="1.0" encoding="utf-8"?><contact><category/><person><realName>Grüße & Co</realName></person><telephony><number type="home" prio="1">03023125777</number></telephony></contact>'.replace("&", "&amp;")
    uid = fc.call_action(ONTEL, "SetPhonebookEntryUID", NewPhonebookID=0, NewPhonebookEntryData=entry)["NewPhonebookEntryUniqueID"]
    same("a contact that was written", books.lookup_names(0, "03023125777"), "Grüße & Co")
    fc.call_action(ONTEL, "DeletePhonebookEntryUID", NewPhonebookID=0, NewPhonebookEntryUniqueID=uid)

    refused(FritzArrayIndexError, fc.call_action, ONTEL, "SetPhonebookEntryUID", NewPhonebookID=2, NewPhonebookEntryData=entry)
    refused(FritzArgumentError, fc.call_action, ONTEL, "GetPhonebook")
    refused(FritzActionError, fc.call_action, ONTEL, "GetPhonebok")
    same("the user's name", fc.call_action("LANConfigSecurity1", "X_AVM-DE_GetCurrentUser")["NewX_AVM-DE_CurrentUsername"], "fritz3456")
    same("the description", fc.device_description, "FRITZ!Box 7530 164.08.02")

same("wrong passwords so far", state()["users"][0]["wrong"], 0)
wrong = FritzConnection(address="127.0.0.1", port=http, user="fritz3456", password="wrong", timeout=10)
refused(FritzAuthorizationError, wrong.call_action, ONTEL, "GetPhonebookList")
same("wrong passwords", state()["users"][0]["wrong"] > 0, True)
