import HTTPTypes
import HummingbirdTesting
import SluiceCore
import SluiceEngine
import SluiceJSON
import SluiceModel
import SluicePorts
import SluiceSealing
import SluiceTestKit
import Testing

/// `/v1/release`.
@Suite(.timeLimit(.minutes(10)))
struct ReleaseRouteTests {
    private func settings(_ shown: Reply) throws -> JSONObject { try #require(shown["settings"]?.object) }

    private func put(_ bench: Bench, _ settings: JSONObject, ifMatch: String?) async throws -> Reply {
        try await bench.client.send(
            .put, "/v1/release", as: .operator, headers: ifMatch.map { [.ifMatch: $0] } ?? [:],
            body: ["settings": .object(settings), "reason": "because"])
    }

    @Test func changesOnlyTheSettingsThatWereSeen() async throws {
        try await Bench.run { bench in
            let shown = try await bench.client.send(.get, "/v1/release", as: .viewer)
            #expect(shown.status == 200)
            #expect(shown["state"] == "idle")
            #expect(shown.header("ETag") == "\"1\"")
            var settings = try settings(shown)
            settings["ratePerMinute"] = 1234
            settings["canary"] = ["count": 2, "flow": "f"]
            settings["ramp"] = ["fromPercent": 5, "stepPercent": 10, "everyWellEnded": 3]
            settings["breaker"] = ["sharePercent": 10, "window": 9, "minimum": 4, "historyMarginPercent": 7]
            let without = try await put(bench, settings, ifMatch: nil)
            #expect(without.status == 428)
            #expect(without.problem == "precondition-required")
            let changed = try await put(bench, settings, ifMatch: "\"1\"")
            #expect(changed.status == 200)
            #expect(changed.header("ETag") == "\"2\"")
            let late = try await put(bench, settings, ifMatch: "\"1\"")
            #expect(late.status == 412)
            #expect(late.problem == "settings-changed")
            #expect(late["settingsRevision"] == 2)
            let after = try await bench.client.send(.get, "/v1/release", as: .viewer)
            #expect(after["settings", "ratePerMinute"] == 1234)
            #expect(after["settings", "canary", "timeoutSeconds"] == 900)
            #expect(after["settings", "ramp", "stepPercent"] == 10)
            #expect(after["settings", "breaker", "historyMarginPercent"] == 7)
            #expect(after["by"] == "ann")
            #expect(try await bench.engine.store.release()?.settings.canary?.flow == FlowID("f"))
            // The release itself has taken it over.
            #expect(bench.engine.releaser.status().record.settings.ratePerMinute == 1234)
            let none = try await put(bench, ["ratePerMinute": 1], ifMatch: "*")
            #expect(none.status == 400)
            settings["ceiling"] = 0
            #expect(try await put(bench, settings, ifMatch: "*").status == 400)
        }
    }

    @Test func aPersonPausesContinuesAndAborts() async throws {
        try await Bench.run { bench in
            func order(_ word: String) async throws -> Reply {
                try await bench.client.send(
                    .post, "/v1/release/\(word)", as: .operator, body: ["reason": "because"])
            }
            let wrong = try await order("abort")
            #expect(wrong.status == 409)
            #expect(wrong.problem == "wrong-state")
            let paused = try await order("pause")
            #expect(paused.status == 200)
            #expect(paused["state"] == "paused")
            #expect(paused["resumes"] == "idle")
            #expect(paused["stop"]?.string?.contains("paused by ann: because") == true)
            #expect(try await order("pause").status == 409)
            #expect(try await order("continue")["state"] == "idle")
            let viewer = try await bench.client.send(
                .post, "/v1/release/pause", as: .viewer, body: ["reason": "because"])
            #expect(viewer.status == 403)
            let events = try await bench.engine.store.events(of: nil, after: 0, limit: 100)
            #expect(events.filter { $0.kind == "release-changed" }.map(\.by.text) == ["ann", "ann"])
        }
    }
}
