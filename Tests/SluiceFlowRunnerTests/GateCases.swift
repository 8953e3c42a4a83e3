import SluiceFlowRunner
import Testing

/// What a gate is answered, and how it must end then: one table for the gate in XML and the one in CloudSlang.
struct GateCase: CustomTestStringConvertible, Sendable {
    var testDescription: String
    /// In order, the last one again and again.
    var answers: [FlowHTTPOutcome]
    var onHold = "end"
    /// Properties of the folder Sluice, without `Gate`.
    var settings: [String: String] = [:]
    /// As the gate in XML spells it.
    var response: String
    var questionCount = 1
    /// As the gate in XML names them.
    var outputs: [String: String] = [:]
}

extension GateCase {
    static let proceed = answer(#"{"decision": "proceed", "pass": "p_new", "validForSeconds": 600}"#)
    static let hold = answer(
        #"{"decision": "hold", "ticket": "h_1", "reason": {"code": "maintenance", "message": "Held: upgrade"}}"#)
    static let reject = answer(#"{"decision": "reject", "reason": {"code": "maintenance", "message": "No"}}"#)
    static let busy = FlowHTTPOutcome.answered(status: 503, body: #"{"title": "no store"}"#)
    static let nobody = FlowHTTPOutcome.noAnswer("connection refused")

    static func answer(_ body: String, status: Int = 200) -> FlowHTTPOutcome {
        .answered(status: status, body: body)
    }

    static let all = decided + undecided + mistyped

    private static let late = answer(#"{"decision": "proceed", "pass": "p_old", "validForSeconds": -1}"#)

    private static let decided = [
        GateCase(
            testDescription: "proceed", answers: [proceed], response: "proceed",
            outputs: ["sluicePass": "p_new", "sluiceFallback": "false"]),
        GateCase(
            testDescription: "hold, and the run ends", answers: [hold], response: "held",
            outputs: ["gateTicket": "h_1", "gateReason": "Held: upgrade"]),
        GateCase(
            testDescription: "hold, and the run waits", answers: [hold, hold, proceed], onHold: "wait",
            response: "proceed", questionCount: 3, outputs: ["sluicePass": "p_new"]),
        GateCase(
            testDescription: "hold beyond the budget", answers: [hold], onHold: "wait",
            settings: ["Wait Hours": "0"], response: "rejected",
            outputs: ["gateReason": "was parked at the gate for as long as it may"]),
        GateCase(
            testDescription: "reject", answers: [reject], response: "rejected",
            outputs: ["gateReason": "No"]),
        GateCase(testDescription: "400", answers: [answer("{}", status: 400)], response: "rejected"),
        GateCase(testDescription: "401", answers: [answer("", status: 401)], response: "rejected"),
        GateCase(
            testDescription: "403", answers: [answer(#"{"detail": "no role"}"#, status: 403)], response: "rejected",
            outputs: ["gateReason": "no role"]),
        GateCase(testDescription: "404", answers: [answer("<html>", status: 404)], response: "rejected"),
        GateCase(
            testDescription: "hold with a ticket that is a number",
            answers: [answer(#"{"decision":"hold","ticket":7}"#)],
            response: "held", outputs: ["gateTicket": "7"]),
        GateCase(
            testDescription: "parked, then 403", answers: [hold, answer("{}", status: 403)], onHold: "wait",
            response: "rejected", questionCount: 2),
        GateCase(
            testDescription: "parked, then reject", answers: [hold, reject], onHold: "wait", response: "rejected",
            questionCount: 2, outputs: ["gateReason": "No"]),
    ]

    private static let undecided = [
        GateCase(
            testDescription: "503 to the end", answers: [busy], response: "unreachable", questionCount: 5
        ),
        GateCase(
            testDescription: "503, then proceed", answers: [busy, busy, proceed], response: "proceed",
            questionCount: 3),
        GateCase(
            testDescription: "no answer", answers: [nobody], response: "unreachable", questionCount: 5),
        GateCase(
            testDescription: "no answer, two tries", answers: [nobody], settings: ["Tries": "2"],
            response: "unreachable", questionCount: 2),
        GateCase(
            testDescription: "garbage", answers: [answer("<html>proceed</html>")], response: "unreachable",
            questionCount: 5),
        GateCase(
            testDescription: "JSON without a decision", answers: [answer(#"{"hello": 1}"#)], response: "unreachable",
            questionCount: 5),
        GateCase(
            testDescription: "an array", answers: [answer(#"["proceed"]"#)], response: "unreachable",
            questionCount: 5),
        GateCase(
            testDescription: "proceed with another status",
            answers: [
                answer(#"{"decision": "proceed", "validForSeconds": 600}"#, status: 202)
            ], response: "unreachable", questionCount: 5),
        GateCase(
            testDescription: "hold without a ticket", answers: [answer(#"{"decision": "hold"}"#)],
            response: "unreachable", questionCount: 5),
        GateCase(
            testDescription: "proceed that comes too late",
            answers: [late, proceed], response: "proceed", questionCount: 2, outputs: ["sluicePass": "p_new"]),
        GateCase(
            testDescription: "fail open", answers: [nobody], settings: ["Fail Mode": "open"],
            response: "proceed", questionCount: 5, outputs: ["sluiceFallback": "true"]),
        GateCase(
            testDescription: "parked, then unreachable for long, then proceed",
            answers: [hold] + Array(repeating: busy, count: 20) + [proceed], onHold: "wait",
            settings: ["Fail Mode": "open"], response: "proceed", questionCount: 22,
            outputs: ["sluiceFallback": "false"]),
        GateCase(
            testDescription: "proceed that always comes too late", answers: [late], response: "unreachable",
            questionCount: 5),
        GateCase(
            testDescription: "proceed that always comes too late, fail open", answers: [late],
            settings: ["Fail Mode": "open"], response: "proceed", questionCount: 5,
            outputs: ["sluicePass": "", "sluiceFallback": "true"]),
        GateCase(testDescription: "500", answers: [answer("", status: 500)], response: "unreachable", questionCount: 5),
        GateCase(
            testDescription: "garbage that is nested deeply",
            answers: [answer(String(repeating: "[", count: 100_000)), proceed], response: "proceed", questionCount: 2),
    ]

    /// What somebody may have typed into the system properties in Central.
    private static let mistyped =
        ["five", "", "-3", "2.5", "1e3", "٣", "9999999"].map {
            GateCase(
                testDescription: "tries '\($0)'", answers: [nobody], settings: ["Tries": $0], response: "unreachable",
                questionCount: 5)
        }
        + ["a day", "", "nan", "inf", "-1", "1,5"].map {
            GateCase(
                testDescription: "wait hours '\($0)'", answers: [hold, busy, proceed], onHold: "wait",
                settings: ["Wait Hours": $0], response: "proceed", questionCount: 3)
        }
        + ["soon", "", "-5"].map {
            GateCase(
                testDescription: "pause and timeouts '\($0)'", answers: [busy, proceed],
                settings: ["Pause": $0, "Connect Timeout": $0, "Answer Timeout": $0], response: "proceed",
                questionCount: 2)
        }
        + [("open\n", true), (" open ", true), ("", false), ("Open", false), ("yes", false)].map { mode, isOpen in
            GateCase(
                testDescription: "fail mode '\(mode)'", answers: [nobody], settings: ["Fail Mode": mode],
                response: isOpen ? "proceed" : "unreachable", questionCount: 5)
        }
        + [
            GateCase(
                testDescription: "two tries and white space", answers: [nobody], settings: ["Tries": " 2\n"],
                response: "unreachable", questionCount: 2),
            GateCase(
                testDescription: "an address with slashes and white space", answers: [proceed],
                settings: ["URL": " http://sluice.test:8470//\n"], response: "proceed"),
            GateCase(
                testDescription: "no address", answers: [nobody], settings: ["URL": ""], response: "unreachable",
                questionCount: 5),
        ]
}
