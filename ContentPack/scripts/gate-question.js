function text(name) {
  var value = scriptletContext.get(name);
  return value == null ? "" : String(value);
}
function quoted(value) {
  return '"' + value.replace(/[\\"\u0000-\u001f\u007f-\uffff]/g, function (c) {
    return "\\u" + ("0000" + c.charCodeAt(0).toString(16)).slice(-4);
  }) + '"';
}
var members = [];
function member(name, value) {
  if (value != "") members.push(quoted(name) + ":" + quoted(value));
}
function rawMember(name, value, first) {
  var trimmed = value.replace(/^\s+|\s+$/g, "");
  if (trimmed != "") members.push(quoted(name) + ":" + (trimmed.charAt(0) == first ? trimmed : quoted(trimmed)));
}
var waits = text("onHold") == "wait";
var ticket = text("gateTicket");
member("flow", text("flowId"));
member("flowPath", text("flowPath"));
member("source", text("source"));
member("launcher", waits ? "caller" : "sluice");
member("askId", text("gateAskId"));
member("pass", text("sluicePass"));
member("ticket", ticket);
member("orderingKey", text("orderingKey"));
member("coalesceKey", text("coalesceKey"));
rawMember("inputs", text("encodedInputs"), "{");
rawMember("sensitiveInputs", text("sensitiveInputs"), "[");
scriptletContext.put("gateQuestion", "{" + members.join(",") + "}");
scriptletContext.put("gateQuery", ticket != "" && text("gateLate") != "true" ? "&wait=30s" : "");
scriptletContext.put("gateReply", "");
scriptletContext.put("gateStatus", "");
scriptletContext.put("gateSentAt", String(new Date().getTime()));
