function setting(name, fallback) {
  var value = scriptletContext.get(name);
  value = value == null ? "" : String(value).replace(/^\s+|\s+$/g, "");
  scriptletContext.put(name, value == "" ? fallback : value);
}
function number(name, fallback) {
  setting(name, fallback);
  if (!/^[0-9]{1,6}$/.test(String(scriptletContext.get(name)))) scriptletContext.put(name, fallback);
}
setting("gateURL", "");
scriptletContext.put("gateURL", String(scriptletContext.get("gateURL")).replace(/\/+$/, ""));
setting("gateFailMode", "closed");
setting("onHold", "end");
setting("source", "flow");
number("gateConnectTimeout", "10");
number("gateAnswerTimeout", "45");
number("gateTries", "5");
number("gatePause", "5");
number("gateWaitHours", "24");
var started = new Date().getTime();
var hours = parseInt(String(scriptletContext.get("gateWaitHours")), 10);
scriptletContext.put("gateParkedUntil", String(started + hours * 3600000));
scriptletContext.put("gateTriesDone", "0");
scriptletContext.put("gateTicket", "");
scriptletContext.put("gateReason", "");
scriptletContext.put("sluiceFallback", "false");
