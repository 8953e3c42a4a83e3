import Foundation
import SluiceJSON
import Testing

/// Plugins in the program: checked with their lines, and listed.
@Suite struct PluginCommandTests {
    @Test(.timeLimit(.minutes(10))) func wrongPluginsAreNamedWithTheirLines() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let file = try folder.write(
            """
            plugins:
              - kind: resource-pool-sync
                settings: {poolInput: pool, perFlow: maybe}
              - kind: future-orders
                settings:
                  startInput: start
                  zone: Mars/Base
              - kind: webhook
                budgetMilliseconds: 5000
                settings: {url: "https://x", secretFile: /no/such/file}
              - kind: weebhook
            """, to: "sluice.yaml")
        let run = try await ProgramRun(["serve", "--config", file.path, "--check"])
        #expect(run.status == 1)
        for words in [
            "sluice.yaml:3:", "perFlow must be true or false", "sluice.yaml:7:", "zone must be a time zone",
            "sluice.yaml:10:", "secretFile cannot be read", "may take 5000 ms", "no plugin of the kind \"weebhook\"",
        ] {
            #expect(run.errors.contains(words), "\(words) is missing from \(run.errors)")
        }
    }

    @Test(.timeLimit(.minutes(10))) func goodPluginsAreChecked() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let file = try folder.write(
            """
            plugins:
              - {kind: csa-lifecycle, when: {source: csa}}
              - {kind: resource-pool-sync}
              - {kind: scheduler, settings: {schedules: [{schedule: "a*", misfire: skip}]}}
              - {kind: future-orders, onFault: hold, settings: {startInput: start, zone: Europe/Berlin}}
            """, to: "sluice.yaml")
        let run = try await ProgramRun(["serve", "--config", file.path, "--check"])
        #expect(run.status == 0, "\(run.errors)")
    }

    @Test(.timeLimit(.minutes(10))) func pluginsAreListedInTheirOrder() async throws {
        let server = try StubServer { request, _ in
            guard request.target == "/v1/plugins" else { return .problem(404, request.target) }
            return .init(
                200,
                [
                    "plugins": [
                        [
                            "name": "calendar", "kind": "webhook", "version": "1.0.0", "summary": "Asks.",
                            "does": ["intercepts"], "onFault": "hold", "budgetMilliseconds": 500, "state": "resting",
                            "restsForSeconds": 7, "answers": 3, "faults": 5, "hanging": 1,
                            "lastFault": "no\u{7} answer",
                        ]
                    ]
                ])
        }
        defer { server.stop() }
        let run = try await ProgramRun(
            ["plugins", "list"], environment: ["SLUICE_SERVER": server.url, "SLUICE_TOKEN": "viewer-token-for-tests"])
        #expect(run.status == 0, "\(run.errors)")
        for words in [
            "calendar (webhook 1.0.0, intercepts): Asks.", "resting for 7 s", "1 hanging", "500 ms, then hold",
        ] {
            #expect(run.output.contains(words), "\(words) is missing from \(run.output)")
        }
        #expect(!run.output.contains("\u{7}"))
    }
}
