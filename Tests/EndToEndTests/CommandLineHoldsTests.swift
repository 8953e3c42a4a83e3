import Foundation
import SluiceJSON
import Testing

/// Orders over many holds, what a hold waits for, and events, as scripts see them.
@Suite struct CommandLineHoldsTests {
    private static let ticket = "h_01KB3ZJ7Q2W8Y4T6R5N9M1C0XD"

    private static func report(_ fields: JSONObject) -> JSONValue {
        var object: JSONObject = [
            "move": "discard", "dryRun": false, "matched": 0, "possible": 0, "moved": 0, "notPossible": 0,
            "sample": [], "next": .null,
        ]
        for field in fields.members { object[field.name] = field.value }
        return .object(object)
    }

    /// Two pages of holds: 2000 and 500 of them.
    private static func serve(_ request: StubServer.Request) -> StubServer.Answer {
        let isDry = request.target.contains("dryRun=true")
        let isSecond = request.target.contains("cursor=7")
        let count = isSecond ? 500 : 2000
        return .init(
            200,
            report([
                "dryRun": .bool(isDry), "matched": .int(count), "possible": .int(count),
                "moved": .int(isDry ? 0 : count), "next": isSecond ? .null : "7",
                "sample": [["ticket": .string(ticket), "state": "held", "flow": "f", "source": "csa"]],
            ]))
    }

    @Test("an order over many counts first, says how far it is, and adds up")
    func movesMany() async throws {
        let server = try StubServer { request, _ in Self.serve(request) }
        defer { server.stop() }
        let run = try await ProgramRun([
            "holds", "discard", "--source", "csa", "--state", "held", "--reason", "gone", "--yes", "--drop-represented",
            "--server", server.url,
        ])
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.output.contains("2500 moved"))
        #expect(run.errors.contains("2000 of about 2500"))
        let moves = server.requests.filter { !$0.target.contains("dryRun") }
        #expect(moves.count == 2)
        #expect(
            moves.allSatisfy { $0.method == "POST" && $0.target.hasPrefix("/v1/holds/discard?state=held&source=csa") })
        #expect(moves.allSatisfy { $0.body == ["reason": "gone", "dropRepresented": true] })
    }

    @Test(arguments: [["--dry-run"], ["--reason", "gone"]])
    func changesNothingUnlessTold(options: [String]) async throws {
        let server = try StubServer { request, _ in Self.serve(request) }
        defer { server.stop() }
        let run = try await ProgramRun(["holds", "discard", "--source", "csa", "--server", server.url] + options)
        #expect(run.status == (options == ["--dry-run"] ? 0 : 64))
        #expect(run.output.contains("2500 of 2500") && run.output.contains(Self.ticket))
        #expect(server.requests.allSatisfy { $0.target.contains("dryRun=true") })
        if options != ["--dry-run"] { #expect(run.errors.contains("--yes")) }
    }

    @Test(arguments: [
        [], ["--source", "csa", ticket, "--reason", "r"], [ticket], [ticket, "--reason", "r", "--yes"],
        ["--all"], ["--source", "nobody", "--reason", "r"],
    ])
    func refusesWhatNamesNothingOrTwoThings(arguments: [String]) async throws {
        let server = try StubServer { _, _ in .problem(500, "not asked") }
        defer { server.stop() }
        let run = try await ProgramRun(["holds", "discard", "--server", server.url] + arguments)
        #expect(run.status == 64, "\(arguments)")
        #expect(server.requests.isEmpty)
    }

    @Test("R46 why says what a hold waits for, and when it is expected to start")
    func saysWhatAHoldWaitsFor() async throws {
        let server = try StubServer { _, _ in
            .init(
                200,
                [
                    "ticket": .string(Self.ticket), "state": "held", "flow": "f", "reason": "maintenance",
                    "expectedStart": .null, "expectedStartBasis": "no window says until when",
                    "waitsFor": [
                        [
                            "kind": "gate", "scope": "whole gate", "mode": "hold", "since": "2026-12-01T22:00:00Z",
                            "by": "ann", "why": "upgrade",
                        ],
                        ["kind": "ordering-key", "key": "o", "ticket": "h_01KB3ZJ7Q2W8Y4T6R5N9M1C0XE"],
                    ],
                ])
        }
        defer { server.stop() }
        let run = try await ProgramRun(["why", Self.ticket, "--server", server.url])
        #expect(run.status == 0)
        #expect(run.output.contains("set by ann: upgrade"))
        #expect(run.output.contains("hold h_01KB3ZJ7Q2W8Y4T6R5N9M1C0XE"))
        #expect(run.output.contains("When it starts is not known: no window says until when."))
    }
}
