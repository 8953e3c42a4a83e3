import SluiceCSA
import SluiceModel
import SluicePorts
import SluiceSandbox
import SluiceTestKit
import Testing

/// The laws of CSA over the real client and the sandbox's CSA, with both behaviours of what is not known of CSA.
@Suite(.timeLimit(.minutes(10))) struct StandInLawTests {
    /// One CSA as it may be, and the client as it is configured for it.
    struct Kind: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// Laws that such a CSA does not keep.
        var broken: Set<CSAConformance> = []
        var settings: @Sendable (inout CSASettings) -> Void = { _ in }
        var client: @Sendable (inout SluiceCSA.CSAConfiguration) -> Void = { _ in }
    }

    static let kinds: [Kind] = [
        Kind(testDescription: "4.90"),
        // An end may be undone before 4.80 (csa-api.md section 7).
        Kind(testDescription: "4.00", broken: [.setsAProcessInstanceOnce], settings: { $0.version = .v400 }),
        Kind(
            testDescription: "without normalisation", broken: [.normalisesTheMinimum],
            settings: { $0.normalisesMinimum = false }),
        Kind(
            testDescription: "404 for a stale login", settings: { $0.staleLoginCode = 404 },
            client: { $0.switches.staleLogin = .missing }),
        Kind(
            testDescription: "documented members only", settings: { $0.takesWholeBodies = false },
            client: { $0.switches.takesFullPolicy = false }),
        Kind(
            testDescription: "assignments unseen, hasApproval as an attribute, 500 of the shared catalog",
            settings: {
                $0.assignmentEcho = .none
                $0.approvalFlag = .attribute
                $0.sharedCatalogRefusal = .status500
            }),
        Kind(
            testDescription: "one assignment seen, token with basic auth, small pages",
            settings: { $0.assignmentEcho = .order },
            client: {
                $0.switches.policyPath = ["approvalPolicy", "id"]
                $0.switches.basicBesideToken = true
                $0.personPageSize = 2
            }),
        Kind(
            testDescription: "approvals copied, ended process instances refused by 409, another time zone",
            settings: {
                $0.timers = .copied
                $0.terminalRefusedCode = 409
                $0.utcOffsetMinutes = 330
                $0.clockOffsetMilliseconds = 90_000
            }),
    ]

    @Test(arguments: CSAConformance.allCases, kinds)
    func obeysTheLaws(law: CSAConformance, kind: Kind) async throws {
        try await StandIn.run(settings: kind.settings, client: kind.client) { standIn in
            guard kind.broken.contains(law) else { return try await law.check(standIn.world) }
            await #expect(throws: CSAConformance.Violation.self) { try await law.check(standIn.world) }
        }
    }

    @Test func findsTheSpelling() async throws {
        for (version, spelling) in [(CSASettings.Version.v400, AssignmentSpelling.v400), (.v490, .v490)] {
            try await StandIn.run(settings: { $0.version = version }) { standIn in
                #expect(try await standIn.client.assignmentSpelling() == spelling)
                let before = standIn.csa.dump(part: "configuration")
                _ = try await standIn.client.logIn()
                #expect(try await standIn.client.assignmentSpelling() == spelling)
                #expect(standIn.csa.dump(part: "configuration") == before, "asking changes nothing")
            }
        }
    }
}
