import FoundationEssentials
import Testing

@testable import SluiceSandbox

/// A sandbox state with a hand-moved time and short ways to ask it.
final class Bench {
    var state: SandboxState
    var now: EpochMilliseconds = 1_000_000

    init(
        flows: [SandboxFlow] = [SandboxFlow(id: "plain", name: "Plain")], settings: SandboxSettings = .init(),
        gate: SandboxConfiguration.Gate? = .init(url: "http://gate"), controlNeedsLogin: Bool = false
    ) {
        var configuration = SandboxConfiguration()
        configuration.flows = flows
        configuration.settings = settings
        configuration.gate = gate
        configuration.controlNeedsLogin = controlNeedsLogin
        state = SandboxState(configuration: configuration, seed: 7)
    }

    static let authorization = "Basic " + Data("sandbox:sandbox".utf8).base64EncodedString()

    func send(
        _ method: String, _ path: String, _ body: String = "", query: [String: String] = [:],
        authorization: String? = Bench.authorization, cookie: String? = nil, csrfToken: String? = nil
    ) -> SandboxOutcome {
        var request = SandboxRequest(method: method, path: path, query: query)
        request.authorization = authorization
        request.cookie = cookie
        request.csrfToken = csrfToken
        request.origin = "http://central:8080"
        request.body = Array(body.utf8)
        return state.handle(request, at: now)
    }

    func get(_ path: String, query: [String: String] = [:]) -> LooseValue {
        send("GET", "/oo/rest/v2" + path, query: query).reply.value
    }

    /// Starts an execution in the v2 dialect and gives its id; "" when refused.
    func start(_ flow: String, inputs: String = "{}", runName: String = "run") -> String {
        let reply = send(
            "POST", "/oo/rest/v2/executions",
            #"{"flowUuid": "\#(flow)", "runName": "\#(runName)", "inputs": \#(inputs)}"#
        ).reply
        return reply.status == 201 ? String(decoding: reply.body, as: UTF8.self) : ""
    }

    func summary(_ id: String) -> LooseValue { get("/executions/\(id)/summary").asList?.first ?? .null }

    func status(_ id: String) -> String? { summary(id)["status"]?.asText }

    func act(_ action: String, _ id: String) -> Int {
        send("PUT", "/oo/rest/v2/executions/\(id)/status", #"{"action": "\#(action)"}"#).reply.status
    }

    func pass(_ milliseconds: Int64) {
        now += milliseconds
        state.advance(to: now)
    }

    /// The one question that is due; a failed expectation and nil when it is not one.
    func question() -> GateQuestion? {
        state.advance(to: now)
        let questions = state.takeQuestions()
        #expect(questions.count == 1)
        return questions.first
    }

    /// Whether no question is due.
    var isSilent: Bool {
        let questions = state.takeQuestions()
        return questions.isEmpty
    }

    func answer(_ question: GateQuestion?, _ answer: GateAnswer, after milliseconds: Int64 = 0) {
        guard let question else { return }
        let sentAt = now
        pass(milliseconds)
        state.gateAnswered(question.executionID, askID: question.askID, answer, sentAt: sentAt, at: now)
    }
}

extension SandboxReply {
    var value: LooseValue { (try? SandboxCodec.decode(LooseValue.self, from: body)) ?? .null }
    var text: String { String(decoding: body, as: UTF8.self) }
    func header(_ name: String) -> String? { headers.last { $0.name == name }?.value }
}
