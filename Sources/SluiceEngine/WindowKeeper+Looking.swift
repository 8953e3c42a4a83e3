public import SluiceForecast
public import SluiceModel
import SluicePorts

/// What windows have planned, for those who look.
extension WindowKeeper {
    /// Spans of a horizon that blackouts deny to a maintenance of a scope, in order of time.
    ///
    /// Those on record count as they are there: extended, shortened, or cancelled.
    /// - Returns: `isCut` when there are more than `ForecastLimits.blackoutCountMax`.
    /// - Throws: `StoreError`.
    public func blackouts(
        over scope: Scope?, in span: Range<Timestamp>
    ) async throws -> (blackouts: [Blackout], isCut: Bool) {
        let found = try await occurrences(in: span, limit: ForecastLimits.blackoutCountMax)
        let ledger = ledger
        let blackouts = found.occurrences.compactMap { occurrence -> Blackout? in
            guard occurrence.state != .cancelled, let window = ledger.window(occurrence.window),
                window.kind == .blackout, Scope.mayMeet(window.scope, scope)
            else { return nil }
            return Blackout(window, occurrence)
        }
        return (blackouts, found.isCut)
    }

    /// Occurrences that meet a span, on record and planned beyond that, by start.
    /// - Throws: `StoreError`.
    public func occurrences(
        of id: WindowID? = nil, in span: Range<Timestamp>, limit: Int
    ) async throws -> (occurrences: [WindowOccurrence], isCut: Bool) {
        var found = try await store.occurrences(
            OccurrenceQuery(window: id, from: span.lowerBound, to: span.upperBound, limit: limit + 1))
        var isCut = found.count > limit
        let known = Dictionary(grouping: found, by: \.window).mapValues { Set($0.map(\.wall)) }
        // Of many windows only the first occurrences are ever kept: what would come after them is not looked for.
        var end = span.upperBound
        for window in ledger.windows where !window.isCancelled && (id == nil || window.id == id) {
            let from = max(span.lowerBound, window.reach)
            guard from < end, let more = try? WindowLedger.planned(window, in: from..<end, limit: limit + 1, zones)
            else { continue }
            found += more.occurrences.filter {
                $0.start >= window.reach && known[window.id]?.contains($0.wall) != true
            }
            isCut = isCut || more.isCut
            if found.count > 2 * (limit + 1) {
                found.sort(by: Self.isEarlier)
                found.removeLast(found.count - limit - 1)
                isCut = true
                end = min(end, found.last.map { $0.start.next } ?? end)
            }
        }
        found.sort(by: Self.isEarlier)
        return (Array(found.prefix(limit)), isCut || found.count > limit)
    }

    private static func isEarlier(_ one: WindowOccurrence, _ other: WindowOccurrence) -> Bool {
        (one.start, one.window, one.wall) < (other.start, other.window, other.wall)
    }
}
