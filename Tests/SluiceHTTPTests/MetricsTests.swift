import Foundation
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

@testable import SluiceHTTP

/// `/metrics`, `/livez`, `/readyz`.
@Suite(.timeLimit(.minutes(10)))
struct MetricsTests {
    @Test func countsWhatWasDecided() async throws {
        try await Bench.run { bench in
            for _ in 0..<3 { _ = try await bench.client.ask() }
            _ = try await bench.client.ask(["idempotencyKey": "k"])
            _ = try await bench.client.ask(["idempotencyKey": "k", "priority": 1])
            try await bench.set("hold")
            _ = try await bench.client.ask(["source": "csa"])
            try await bench.set("refuse", scope: "source:ui")
            _ = try await bench.client.ask(["source": "ui"])
            let reply = try await bench.client.send(.get, "/metrics", as: nil)
            #expect(reply.status == 200)
            #expect(reply.header("Content-Type")?.hasPrefix("text/plain; version=0.0.4") == true)
            let page = try PrometheusPage(reply.text)
            func decisions(_ decision: String, _ reason: String, _ source: String) -> Double? {
                page.value("sluice_decisions_total", ["decision": decision, "reason": reason, "source": source])
            }
            #expect(decisions("proceed", "open", "api") == 4)
            #expect(decisions("hold", "maintenance", "csa") == 1)
            #expect(decisions("reject", "maintenance", "ui") == 1)
            #expect(decisions("none", "key-reused", "api") == 1)
            #expect(page.value("sluice_decision_seconds_count", [:]) == 6)
            #expect(page.value("sluice_decision_seconds_bucket", ["le": "+Inf"]) == 6)
            #expect(page.value("sluice_holds", ["state": "held", "source": "csa"]) == 1)
            #expect(page.value("sluice_holds", ["state": "held", "source": "api"]) == 0)
            #expect(page.value("sluice_gate_mode", ["scope": "*"]) == 1)
            #expect(page.value("sluice_gate_mode", ["scope": "source:ui"]) == 2)
            #expect(page.value("sluice_gate_epoch", [:]) == 3)
            bench.clocks.advance(by: .seconds(90))
            let later = try PrometheusPage(try await bench.client.send(.get, "/metrics", as: nil).text)
            #expect(later.value("sluice_oldest_hold_seconds", [:]) == 90)
        }
    }

    /// The metrics that interfaces.md fixes.
    static let fixed = [
        "sluice_gate_mode{scope}", "sluice_decisions_total{decision,reason,source}", "sluice_decision_seconds",
        "sluice_holds{state,source}", "sluice_oldest_hold_seconds", "sluice_hold_commit_seconds",
        "sluice_release_launched_total", "sluice_release_failed_total{reason}", "sluice_release_rate",
        "sluice_drain_running{system}", "sluice_drain_eta_seconds{quantile}", "sluice_maintenance_phase{phase}",
        "sluice_schedule_misfires_total{policy}", "sluice_journal_open", "sluice_upstream_seconds{system}",
    ]

    @Test("each fixed metric is described where administrators look", arguments: fixed)
    func isDescribed(metric: String) throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "docs/operations.md")
        let text = try String(contentsOf: file, encoding: .utf8)
        #expect(text.contains("| `\(metric)` |"))
    }

    @Test(arguments: [
        #"pack:a"b"#, #"pack:back\slash"#, #"pack:}{,="#, "pack:naïve 名", "pack:quote\"\u{301} after",
        "pack:slash\\\u{301}", "path:Library/**",
    ])
    func writesAnyScopeAsALabel(scope: String) async throws {
        try await Bench.run { bench in
            #expect(try await bench.set("hold", scope: scope).status == 200)
            let page = try PrometheusPage(try await bench.client.send(.get, "/metrics", as: nil).text)
            #expect(page.value("sluice_gate_mode", ["scope": scope]) == 1)
        }
    }

    @Test(arguments: ["a\nb", "a\r\nevil_metric 1", "\"", "\"\u{301}} 7\n", "\\\u{301}\\"])
    func escapesAnyLabel(text: String) throws {
        let page = try PrometheusPage("x\(MetricCell.labelText([["l", text]])) 1\n")
        #expect(page.value("x", ["l": text]) == 1)
        #expect(page.samples.count == 1)
    }

    @Test func writesBucketsInOrderAndCumulative() throws {
        let registry = PrometheusRegistry()
        let cell = try #require(registry.makeTimer(label: "t_seconds", dimensions: []) as? MetricCell)
        for seconds in [0, 0.001, 0.003, 0.03, 0.7, 2, 60] { cell.record(seconds) }
        let page = try PrometheusPage(registry.render())
        let buckets = page.samples.filter { $0.name == "t_seconds_bucket" }
        let bounds = buckets.compactMap { $0.labels["le"].flatMap { $0 == "+Inf" ? .infinity : Double($0) } }
        #expect(bounds.count == 16)
        #expect(bounds == bounds.sorted())
        #expect(buckets.map(\.value) == buckets.map(\.value).sorted())
        #expect(buckets.last?.value == 7)
    }

    @Test func needsNoTokenForHealthAndIsReadyInMaintenance() async throws {
        try await Bench.run(.init(mode: .refuse)) { bench in
            for path in ["/livez", "/readyz"] {
                let reply = try await bench.client.send(.get, path, as: nil)
                #expect(reply.status == 200)
                #expect(reply["status"] == "ok")
            }
        }
    }
}
