// Package tr064 talks to a FRITZ!Box by TR-064, the protocol in which routers are
// set up and asked: SOAP over HTTP on port 49000.
//
// So far it reads one thing, which needs no login: the description of the device,
// http://<box>:49000/tr64desc.xml. A box answers it as long as access for
// applications is switched on in its network settings; otherwise the port is closed.
//
//	<root xmlns="urn:dslforum-org:device-1-0">
//	 <systemVersion>… <Display>164.08.02</Display></systemVersion>
//	 <device>
//	  <friendlyName>FRITZ!Box 7530</friendlyName>
//	  <manufacturer>AVM</manufacturer>
//	  <modelName>FRITZ!Box 7530</modelName>
//
// What stands behind the first dot of Display is the version of FRITZ!OS, here
// 8.02. The manufacturer has been AVM and is now called FRITZ!. Repeaters answer in
// the same form. The box refuses a foreign name in the Host header, so it is asked
// by its address.
//
// Sources: AVM, "TR-064 – First Steps"; descriptions of boxes published with
// github.com/nitram509/gofritz.
package tr064
