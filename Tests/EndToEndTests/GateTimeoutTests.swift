import AsyncHTTPClient
import Foundation
import NIOCore
import SluiceContent
import SluiceFlowRunner
import SluiceJSON
import Testing

/// The gate flow against servers that take their time, over real connections.
@Suite(.serialized) struct GateTimeoutTests {
    private static let proceed: JSONValue = ["decision": "proceed", "pass": "p_late", "validForSeconds": 600]

    private func run(
        _ language: FlowLanguage, _ server: StubServer, tries: Int = 2, seconds: Int = 20
    ) async throws -> FlowRun {
        let client = HTTPClient(configuration: .init(timeout: .init(connect: .seconds(2))))
        let runner = try FlowRunner(
            live: [], url: server.url, client: client,
            settings: ["Tries": "\(tries)", "Pause": "0", "Connect Timeout": "20", "Answer Timeout": "\(seconds)"])
        let run = await runner.run(language.gate, inputs: ["flowId": "own.nightly", "flow_id": "own.nightly"])
        try await client.shutdown()
        return run
    }

    private func askIDs(_ server: StubServer) -> [String?] { server.requests.map { $0.body?["askId"]?.string } }

    @Test(arguments: FlowLanguage.allCases)
    func isUnreachableWhenNobodyEverAnswers(language: FlowLanguage) async throws {
        let server = try StubServer { _, _ in nil }
        let run = try await run(language, server, seconds: 4)
        #expect(run.ending == "unreachable", "\(String(describing: run.error))")
        #expect(server.requests.count == 2)
        #expect(Set(askIDs(server)).count == 1 && askIDs(server).allSatisfy { $0 != nil })
        server.stop()
    }

    @Test(arguments: FlowLanguage.allCases)
    func takesNoAnswerThatComesAfterTheTimeout(language: FlowLanguage) async throws {
        let server = try StubServer { _, _ in
            var answer = StubServer.Answer(200, Self.proceed)
            answer.afterMilliseconds = -1
            return answer
        }
        let run = try await run(language, server, seconds: 4)
        #expect(run.ending == "unreachable", "\(String(describing: run.error))")
        #expect(server.requests.count == 2 && Set(askIDs(server)).count == 1)
        server.stop()
    }

    @Test(arguments: FlowLanguage.allCases)
    func asksAgainWhenProceedComesAfterItsOwnTime(language: FlowLanguage) async throws {
        let stale = try JSONReader.read(#"{"decision": "proceed", "pass": "p_stale", "validForSeconds": 0.01}"#)
        let server = try StubServer { _, index in
            guard index == 0 else { return .init(200, Self.proceed) }
            var answer = StubServer.Answer(200, stale)
            answer.afterMilliseconds = 100
            return answer
        }
        let run = try await run(language, server)
        #expect(run.ending == "proceed", "\(String(describing: run.error))")
        #expect(server.requests.count == 2 && Set(askIDs(server)).count == 1)
        let pass = try run.end().outputs[language == .xml ? "sluicePass" : "gate_pass"]
        #expect(pass == "p_late")
        server.stop()
    }

    @Test(arguments: FlowLanguage.allCases)
    func goesOnWhenAnAnswerComesInTime(language: FlowLanguage) async throws {
        let server = try StubServer { _, _ in
            var answer = StubServer.Answer(200, Self.proceed)
            answer.afterMilliseconds = 100
            return answer
        }
        #expect(try await run(language, server, tries: 1).ending == "proceed")
        server.stop()
    }
}
