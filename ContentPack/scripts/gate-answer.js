function text(name) {
  var value = scriptletContext.get(name);
  return value == null ? "" : String(value);
}
function parsed(reply) {
  try {
    var value = JSON.parse(reply);
    return value !== null && typeof value == "object" ? value : {};
  } catch (problem) {
    return {};
  }
}
var now = new Date().getTime();
var status = text("gateStatus");
var reply = parsed(text("gateReply"));
var decision = status == "200" ? reply.decision : "";
var parked = text("gateTicket") != "";
var mayStay = now < parseInt(text("gateParkedUntil"), 10);
var done = parseInt(text("gateTriesDone"), 10) + 1;
var mayRetry = parked ? mayStay : done < parseInt(text("gateTries"), 10);
var verdict;
if (reply.reason && reply.reason.message) scriptletContext.put("gateReason", String(reply.reason.message));
else if (reply.detail) scriptletContext.put("gateReason", String(reply.detail));
if (decision == "proceed") {
  var late = now - parseInt(text("gateSentAt"), 10) > Number(reply.validForSeconds) * 1000;
  verdict = late ? "late" : "proceed";
  if (verdict == "proceed" && reply.pass) scriptletContext.put("sluicePass", String(reply.pass));
} else if (decision == "hold" && reply.ticket) {
  scriptletContext.put("gateTicket", String(reply.ticket));
  verdict = text("onHold") != "wait" ? "held" : mayStay ? "again" : "rejected";
  if (verdict == "rejected") scriptletContext.put("gateReason", "was parked at the gate for as long as it may");
  done = 0;
} else if (decision == "reject" || /^4[0-9][0-9]$/.test(status)) {
  verdict = "rejected";
} else {
  verdict = "retry";
}
scriptletContext.put("gateLate", String(verdict == "late"));
if (verdict == "late") verdict = mayRetry ? "again" : "unreachable";
if (verdict == "retry" && !mayRetry) verdict = "unreachable";
if (verdict == "unreachable" && !parked && text("gateFailMode") == "open") {
  verdict = "proceed";
  scriptletContext.put("sluiceFallback", "true");
}
scriptletContext.put("gateTriesDone", String(done));
scriptletContext.put("gateVerdict", verdict);
