import SluiceModel
import SluicePorts
import SluiceTestKit

@testable import SluiceHTTP

/// One store, one time, and any number of replicas; callers are trusted for 1000 s.
struct CallerWorld {
    static let caller = Fingerprint([1])
    static let stranger = Fingerprint([2])

    let base = InMemoryStore()
    let store: FlakyStore
    let clocks = ManualClocks()
    let log = LogRecorder()

    init() { store = FlakyStore(base) }

    var now: Timestamp { clocks.now().wall }

    /// A process that knows nothing yet.
    func replica(on store: (any Store)? = nil, by clocks: ManualClocks? = nil) -> CallerRecords {
        CallerRecords(
            trust: CallerTrust(verifiedFor: .seconds(60), trustedFor: .seconds(1000)), store: store ?? self.store,
            clocks: clocks ?? self.clocks, fence: { Fence(timeline: 1) }, logger: log.logger())
    }

    func pass(_ seconds: Int64) { clocks.advance(by: .seconds(seconds)) }

    func grant(_ records: CallerRecords, _ caller: Fingerprint = caller) async {
        await records.granted(caller, asked: clocks.now())
    }

    func refuse(_ records: CallerRecords, _ caller: Fingerprint = caller) async { await records.refused(caller) }

    func trusts(_ records: CallerRecords, _ caller: Fingerprint = caller) async -> Bool {
        await records.isTrusted(caller)
    }

    /// The time on record of one that Central knew.
    func known(_ caller: Fingerprint = caller) async throws -> Timestamp? {
        try await base.caller(caller).flatMap { $0.isRefused ? nil : $0.at }
    }

    /// The time on record of one that Central refused.
    func refused(_ caller: Fingerprint = caller) async throws -> Timestamp? {
        try await base.caller(caller).flatMap { $0.isRefused ? $0.at : nil }
    }

    /// Returns when a refusal is on record; nobody waits for those that are tried again.
    func waitForRefusal(_ caller: Fingerprint = caller) async throws {
        while try await refused(caller) == nil { await letOthersRun(turns: 1) }
    }

    func waitForHangingLookUps(_ count: Int) async {
        while store.hangingLookUpCount < count { await letOthersRun(turns: 1) }
    }

    func waitForSleeper() async {
        while clocks.sleeperCount < 1 { await letOthersRun(turns: 1) }
    }

    /// Commits and reads of callers since the last look.
    func calls() -> [Int] {
        defer { store.resetCalls() }
        return ["commit(_:fence:)", "caller(_:)"].map { store.calls[$0] ?? 0 }
    }
}
