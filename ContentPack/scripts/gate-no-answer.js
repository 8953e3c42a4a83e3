scriptletContext.put("gateReply", "");
scriptletContext.put("gateStatus", "");
