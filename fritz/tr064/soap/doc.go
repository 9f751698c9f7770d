// Package soap sends requests to a FRITZ!Box by TR-064: connection, login, SOAP, and what
// went wrong. What can be asked for and changed at a box is in package tr064.
//
// TR-064 is the protocol in which routers are set up and read: SOAP over https on port
// 49443, or over http on port 49000.
//
// [Describe] reads what needs no login, the description of the device,
// http://<box>:49000/tr64desc.xml. A box answers it as long as access for applications
// is switched on in its network settings; otherwise the port is closed. In the element
// Display (164.08.02) the version of FRITZ!OS follows the first dot, here 8.02. The
// manufacturer was called AVM and is now called FRITZ!. Repeaters answer in the same
// form. The box refuses a name in the Host header that is not its own.
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
// The description lists the services of a model and their paths. An action that the model
// does not have is answered by fault 401, and so is every action while access is switched
// off: the description of the service tells the two apart. Faults come with HTTP status
// 500 and a number; an [Error] gives them a [Reason] and a hint.
//
// The box is slow and easily overloaded. It gets one request at a time and a pause after
// each. Every request ends in time, also if the box accepts the connection and sends
// nothing, or a header and no body. Answers are limited in size and read leniently:
// chunked or with a length, which may be wrong; with bytes that are no UTF-8; with line
// breaks inside tags.
//
// Phonebooks and lists are files. An action returns their URL, which contains a session.
// [Client.OwnPath] compares the URL with the address of the box before [Client.Get]
// fetches it: a URL that leads elsewhere is not followed.
//
// # Certificate and login
//
// A box signs its certificate itself. The first certificate seen is pinned, and another
// one is an error until somebody accepts it. Only the setting switches from https to
// http, nothing else.
//
// The login is HTTP digest (RFC 2617, MD5). The challenge names the realm; the nonce is
// kept and the count of its uses grows, since the box refuses a count it has seen. After
// many requests without a login the box may answer 503 instead of 401. A box locks users
// out after wrong passwords, longer each time. So credentials that it refuses are sent
// twice at most, and then not again until they change; [Attempts] keeps the count over
// restarts. Without a configured user, the user is the one who logged in last, which the
// box tells everybody.
//
// Sources: AVM, "TR-064 – First Steps" and the descriptions of the services
// X_AVM-DE_OnTel, X_VoIP, X_AVM-DE_TAM, LANConfigSecurity; descriptions of boxes published
// with github.com/nitram509/gofritz; issues of fritzconnection, ioBroker.tr-064 and Home
// Assistant.
package soap
