// Package tr064 talks to a FRITZ!Box by TR-064, the protocol in which routers are
// set up and asked: SOAP over https on port 49443, or over http on port 49000.
//
// [Describe] reads what needs no login, the description of the device,
// http://<box>:49000/tr64desc.xml. A box answers it as long as access for
// applications is switched on in its network settings; otherwise the port is closed.
// What stands behind the first dot of Display (164.08.02) is the version of
// FRITZ!OS, here 8.02. The manufacturer has been AVM and is now called FRITZ!.
// Repeaters answer in the same form. The box refuses a foreign name in the Host
// header.
//
// A [Client] does everything else for one box.
//
// # A request
//
//	POST /upnp/control/x_contact HTTP/1.1
//	Content-Type: text/xml; charset="utf-8"
//	SOAPAction: "urn:dslforum-org:service:X_AVM-DE_OnTel:1#GetPhonebook"
//
//	<s:Envelope …><s:Body><u:GetPhonebook xmlns:u="urn:…OnTel:1">
//	  <NewPhonebookID>0</NewPhonebookID></u:GetPhonebook></s:Body></s:Envelope>
//
// The services a model has, and where, stand in its description; an action it does
// not have is answered by fault 401, and so is every action while access is
// switched off: the description of the service tells the two apart. Faults come
// with HTTP status 500 and a number; an [Error] gives them a [Reason] and a hint.
//
// The box is slow and easily upset. It sees one request at a time with a pause
// behind it; every request ends in time, also when the box takes the connection and
// then says nothing, or sends a header and no body. Answers are bounded and read
// leniently: chunked or with a length, which may be wrong; with bytes that are no
// UTF-8; with line breaks inside tags.
//
// # Who is it, and who are we
//
// The certificate of a box is signed by itself. The first one seen is pinned, and
// another one is an error until somebody accepts it. There is no way from https to
// http but the setting.
//
// The login is HTTP digest (RFC 2617, MD5). The realm is what the challenge says;
// the nonce is kept, and the count of its uses grows, since the box refuses a count
// it has seen. After many requests without a login the box may answer 503 where 401
// was due. A box locks users out after wrong passwords, longer each time, so that
// credentials are sent twice at most when it refuses them, and then never again
// until they change; [Attempts] remembers that over restarts. With the user left
// empty it is the one who logged in last, which the box tells everybody.
//
// # Lists
//
// Phonebooks, call list and messages are files; an action gives their URL with a
// session in it. Before it is fetched the URL is held against the box's own
// address: a box that points elsewhere is not followed. A phonebook asked for with
// its last timestamp answers "not modified" where nothing has changed.
//
// Phonebooks are known by their place, and places move when somebody adds a book;
// so a [BookRef] holds a name, which is looked up just before use. Entries are
// known by a number that stays, their UID.
//
// # Writes
//
// Every write looks first and does nothing where all is as it should be, refuses
// books that belong to online accounts and books that are full, reads back what it
// wrote, and returns a [Change] that says what was before and after. [Client.Undo]
// takes a Change back, if the box is still as the Change left it. Where the link
// breaks while writing, it is looked up whether it happened; where nobody can tell,
// the error is [ErrUncertain], and doing it again does not do it twice.
//
// Sources: AVM, "TR-064 – First Steps" and the documents of the services
// X_AVM-DE_OnTel, X_VoIP, X_AVM-DE_TAM; descriptions of boxes published with
// github.com/nitram509/gofritz; issues of fritzconnection, ioBroker.tr-064 and
// Home Assistant.
package tr064
