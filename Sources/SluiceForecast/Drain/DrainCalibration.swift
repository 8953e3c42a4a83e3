public import SluiceModel

/// What was said during a drain of when it would end.
public struct DrainPrediction: Hashable, Sendable {
    public var madeAt: Timestamp
    /// nil: open-ended, or not known.
    public var p50: Timestamp?
    public var p90: Timestamp?
    /// How many were running then.
    public var runningCount: Int

    public init(madeAt: Timestamp, p50: Timestamp?, p90: Timestamp?, runningCount: Int) {
        self.madeAt = madeAt
        self.p50 = p50
        self.p90 = p90
        self.runningCount = runningCount
    }
}

/// One drain that is over: what was said of its end, and when that was.
public struct DrainOutcome: Hashable, Sendable {
    /// In the order in which they were made; the first one is of the drain's beginning.
    public var predictions: [DrainPrediction]
    /// When nothing was running any more, as the looks showed: late by up to the time between two of them.
    public var endedAt: Timestamp
    /// Whether it ended by itself. Where something was waived, or the drain was given up, it would have taken longer.
    public var isNatural: Bool

    /// Predictions kept of one drain: the first, and the newest of the others.
    public static let predictionCountMax = 100

    public init(predictions: [DrainPrediction], endedAt: Timestamp, isNatural: Bool) {
        self.predictions =
            predictions.count <= DrainOutcome.predictionCountMax
            ? predictions
            : Array(predictions.prefix(1) + predictions.suffix(DrainOutcome.predictionCountMax - 1))
        self.endedAt = endedAt
        self.isNatural = isNatural
    }

    /// Whether a time that was given held; nil where that cannot be told: none was given, or the drain did not end by
    /// itself and was not over by then.
    func held(_ time: Timestamp?) -> Bool? {
        guard let time else { return nil }
        if endedAt > time { return false }
        return isNatural ? true : nil
    }
}

/// How good the estimates of past drains were (requirement R14): "our p90 held in 47 of 50 drains".
public struct DrainCalibration: Hashable, Sendable {
    /// The newest, the oldest first.
    public private(set) var outcomes: [DrainOutcome] = []

    /// Past drains kept.
    public static let outcomeCountMax = 200

    public init(_ outcomes: [DrainOutcome] = []) {
        self.outcomes = Array(outcomes.suffix(DrainCalibration.outcomeCountMax))
    }

    /// Takes one drain that is over. One without a prediction, as when nothing was running, says nothing.
    public mutating func add(_ outcome: DrainOutcome) {
        guard !outcome.predictions.isEmpty else { return }
        outcomes.append(outcome)
        if outcomes.count > DrainCalibration.outcomeCountMax { outcomes.removeFirst() }
    }

    /// How often a time that was given held.
    public struct Share: Hashable, Sendable {
        public var heldCount: Int
        public var count: Int

        public init(heldCount: Int, count: Int) {
            self.heldCount = heldCount
            self.count = count
        }
    }

    /// Of the first prediction of each drain: one drain counts once, however long it took.
    public func p90AtStart() -> Share { share(of: { $0.predictions.prefix(1) }, \.p90) }
    public func p50AtStart() -> Share { share(of: { $0.predictions.prefix(1) }, \.p50) }
    /// Of all predictions; those of one drain go wrong together.
    public func p90Throughout() -> Share { share(of: { $0.predictions[...] }, \.p90) }
    public func p50Throughout() -> Share { share(of: { $0.predictions[...] }, \.p50) }

    private func share(
        of predictions: (DrainOutcome) -> ArraySlice<DrainPrediction>, _ time: (DrainPrediction) -> Timestamp?
    ) -> Share {
        var share = Share(heldCount: 0, count: 0)
        for outcome in outcomes {
            for prediction in predictions(outcome) {
                guard let held = outcome.held(time(prediction)) else { continue }
                share.count += 1
                if held { share.heldCount += 1 }
            }
        }
        return share
    }

    /// How far the p50 of the beginning was from the end, the middle one of all drains, in milliseconds; nil without
    /// any.
    public func medianErrorMilliseconds() -> Int64? {
        let errors = outcomes.compactMap { outcome -> Int64? in
            guard outcome.isNatural, let p50 = outcome.predictions.first?.p50 else { return nil }
            return abs(outcome.endedAt.since(p50).wholeMilliseconds)
        }.sorted()
        return errors.isEmpty ? nil : errors[errors.count / 2]
    }

    /// For people; nil before the first drain.
    public var sentence: String? {
        let share = p90AtStart()
        guard share.count > 0 else { return nil }
        return "our p90 held in \(share.heldCount) of \(share.count) drains"
    }
}

extension DrainOutcome {
    /// The outcome as one line for a record: whole milliseconds, `-` for what is not known.
    ///
    /// `end natural|cut made/p50/p90/running made/p50/p90/running …`
    public var line: String {
        func text(_ time: Timestamp?) -> String { time.map { String($0.milliseconds) } ?? "-" }
        let told = predictions.map { "\($0.madeAt.milliseconds)/\(text($0.p50))/\(text($0.p90))/\($0.runningCount)" }
        return ([String(endedAt.milliseconds), isNatural ? "natural" : "cut"] + told).joined(separator: " ")
    }

    /// Reads what `line` gives; nil when it is something else.
    public init?(line: some StringProtocol) {
        let parts = line.split(separator: " ", maxSplits: DrainOutcome.predictionCountMax + 2)
        guard parts.count >= 2, parts.count <= DrainOutcome.predictionCountMax + 2, let end = Int64(parts[0]),
            parts[1] == "natural" || parts[1] == "cut"
        else { return nil }
        var predictions: [DrainPrediction] = []
        for part in parts.dropFirst(2) {
            let fields = part.split(separator: "/", omittingEmptySubsequences: false)
            guard fields.count == 4, let made = Int64(fields[0]), let count = Int(fields[3]), count >= 0,
                let p50 = DrainOutcome.time(fields[1]), let p90 = DrainOutcome.time(fields[2])
            else { return nil }
            predictions.append(
                DrainPrediction(madeAt: Timestamp(milliseconds: made), p50: p50, p90: p90, runningCount: count))
        }
        self.init(predictions: predictions, endedAt: Timestamp(milliseconds: end), isNatural: parts[1] == "natural")
    }

    /// nil: it is no time; nil within: none is told.
    private static func time(_ text: some StringProtocol) -> Timestamp?? {
        if text == "-" { return .some(nil) }
        return Int64(text).map { .some(Timestamp(milliseconds: $0)) }
    }
}
