import Foundation
import SluiceCore
import SluiceForecast
import SluiceModel
import SluiceTestKit
import Testing

/// Runs every row of the truth table in docs/windows.md through the keeper, the gate and the store.
@Suite(.timeLimit(.minutes(10)))
struct WindowTableTests {
    struct Row: CustomTestStringConvertible, Sendable {
        var other: String
        var blackout: String
        var gate: String
        var window: String
        var start: String
        var end: String

        /// Whether the gate is closed already and stays so at the start.
        var isHeld: Bool { gate.hasPrefix("closed") && start == "leaves the gate" }

        var testDescription: String { "\(other) | \(blackout) | \(gate)" }
    }

    static let rows: [Row] = {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/windows.md")
        let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        let lines = text.split(separator: "\n").filter { $0.hasPrefix("| ") }.dropFirst()
        return lines.map { line in
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            return Row(
                other: cells[0], blackout: cells[1], gate: cells[2], window: cells[3], start: cells[4], end: cells[5])
        }
    }()

    /// How long the other one lasts from 09:00 on; this one begins at 10:00 and ends at 12:00.
    private static let hours: [String: Int64] = [
        "yes, ends later": 5, "yes, ends sooner": 2, "yes, ends as this one begins": 1,
    ]

    /// Every word that a column may have: another one would be taken for one of these.
    private static let words: [(column: @Sendable (Row) -> String, words: Set<String>)] = [
        ({ $0.other }, Set(hours.keys).union(["no"])),
        ({ $0.blackout }, ["none", "for other launches", "for its launches"]),
        ({ $0.gate }, ["open", "closed by a person", "opened by a person", "closed by the other"]),
        ({ $0.window }, ["begins", "waits"]),
        ({ $0.start }, ["closes the gate", "leaves the gate", "the other one opens the gate"]),
        ({ $0.end }, ["opens the gate", "leaves the gate"]),
    ]

    @Test func theTableIsWhole() {
        #expect(Self.rows.count == 15)
        for (column, words) in Self.words { #expect(Set(Self.rows.map(column)) == words) }
    }

    @Test("R41: overlapping windows compose as the published table says, deny wins", arguments: rows)
    func composes(row: Row) async throws {
        try await WindowBench.run(WindowBench.setup()) { bench in
            let scope = Scope.source(.csa)
            try await bench.plan("w_this", scope: scope, at: "10:00", hours: 2)
            if row.other != "no" {
                try await bench.plan("w_other", scope: scope, at: "09:00", hours: Self.hours[row.other] ?? 0)
            }
            // The other one begins before any blackout.
            try await bench.run(until: "09:30")
            if row.blackout != "none" {
                let part = row.blackout == "for its launches" ? nil : Scope.source(.api)
                try await bench.plan("w_black", kind: .blackout, scope: part, at: "09:45", hours: 4)
            }
            if row.gate == "closed by a person" { try await bench.bench.set(.hold, scope: scope) }
            if row.gate == "opened by a person" { try await bench.bench.set(.open, scope: scope) }
            #expect(bench.mode(scope) == (row.gate.hasPrefix("open") ? .open : .hold))
            let before = bench.gate
            try await bench.run(until: "10:30")
            #expect(try await bench.occurrence("w_this")?.state == (row.window == "begins" ? .begun : .scheduled))
            // The epoch grows with each change: a gate that was opened and closed again was not left.
            #expect((bench.gate == before) == (row.start == "leaves the gate"))
            #expect((bench.mode(scope) == .hold) == (row.start == "closes the gate" || row.isHeld))
            try await bench.run(until: "11:59")
            let late = bench.gate
            try await bench.run(until: "12:01")
            #expect((bench.gate == late) == (row.end == "leaves the gate"))
            if row.end == "opens the gate" {
                #expect(late.entry(for: scope)?.mode == .hold && bench.mode(scope) == .open)
            }
            let answer = try await bench.bench.ask(.fixture(source: .csa))
            #expect(answer.decision.isProceed == (bench.mode(scope) == .open), "what is asked is decided by it")
        }
    }
}
