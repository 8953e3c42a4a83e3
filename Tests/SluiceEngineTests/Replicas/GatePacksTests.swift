import Logging
import SluiceModel
import SluiceTestKit
import Testing

@testable import SluiceEngine

/// A gate may name a content pack that was loaded a moment before.
@Suite struct GatePacksTests {
    private struct Unreadable: Error {}

    struct Row: Sendable, CustomTestStringConvertible {
        var whole: GateMode
        var scope: Scope?
        var isRead: Bool
        var isRefused: Bool

        var testDescription: String { "\(whole), \(scope.map { "\($0)" } ?? "no scope")" }
    }

    static let rows = [
        Row(whole: .open, scope: nil, isRead: false, isRefused: false),
        Row(whole: .open, scope: .flow(FlowID("f")), isRead: false, isRefused: false),
        Row(whole: .open, scope: .source(.scheduler), isRead: false, isRefused: false),
        Row(whole: .open, scope: .contentPack("Pack"), isRead: true, isRefused: true),
        Row(whole: .open, scope: .path(PathGlob("Library/**")!), isRead: true, isRefused: true),
        // Of whatever is not known, nothing gets through.
        Row(whole: .hold, scope: .contentPack("Pack"), isRead: true, isRefused: false),
        Row(whole: .refuse, scope: .path(PathGlob("Library/**")!), isRead: true, isRefused: false),
    ]

    @Test("packs are read for a gate that names some; unreadable ones never keep the whole gate open", arguments: rows)
    func readsWhatItNeeds(row: Row) async {
        var gate = GateRecord.fixture(row.whole)
        if let scope = row.scope {
            gate.scopes = [
                ScopeMode(scope: scope, mode: .hold, since: gate.whole.since, by: gate.whole.by, reason: "r")
            ]
        }
        var readCount = 0
        var isRefused = false
        do {
            try await gate.learnPacks(Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }) {
                readCount += 1
                throw Unreadable()
            }
        } catch {
            isRefused = true
        }
        #expect(readCount == (row.isRead ? 1 : 0) && isRefused == row.isRefused)
    }
}
