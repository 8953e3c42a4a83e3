public import SluiceModel

/// Keeps a plugin that keeps failing from being asked: after some faults in a row it opens for a pause, then lets one
/// question through, and closes when that one went well. Pure; each further pause is twice the one before.
public struct PluginBreaker: Hashable, Sendable {
    /// Faults in a row that open it.
    public static let faultCountMax = 5
    /// The first pause.
    public static let pause: Duration = .seconds(10)
    /// The longest pause.
    public static let pauseMax: Duration = .seconds(300)

    /// Where it is.
    public enum State: Hashable, Sendable {
        /// Every question goes through. Left after `faultCountMax` faults in a row.
        case closed(faultCount: Int)
        /// No question goes through. Left at its time, by the first question.
        case open(until: MonotonicTime)
        /// One question is through, the others are not. Left by how that one ends.
        case probing
    }

    public private(set) var state = State.closed(faultCount: 0)
    private var pause = PluginBreaker.pause

    public init() {}

    /// What it lets through.
    public enum Admission: Hashable, Sendable {
        case ordinary
        /// The one question whose end decides whether it closes.
        case probe
        case refused
    }

    /// Whether a question goes through; the first one after a pause is the probe.
    public mutating func admit(at now: MonotonicTime) -> Admission {
        switch state {
        case .closed: return .ordinary
        case .probing: return .refused
        case .open(let until):
            guard now >= until else { return .refused }
            state = .probing
            return .probe
        }
    }

    /// Notes how a question ended that it let through.
    ///
    /// One that was let through before it opened says nothing new.
    public mutating func ended(well isWell: Bool, isProbe: Bool, at now: MonotonicTime) {
        switch (state, isProbe) {
        case (.closed(let faultCount), false):
            guard !isWell else {
                state = .closed(faultCount: 0)
                return
            }
            state =
                faultCount + 1 < Self.faultCountMax
                ? .closed(faultCount: faultCount + 1) : .open(until: now.advanced(by: pause))
        case (.probing, true):
            guard !isWell else {
                self = PluginBreaker()
                return
            }
            pause = min(pause + pause, Self.pauseMax)
            state = .open(until: now.advanced(by: pause))
        case (.closed, true), (.open, _), (.probing, false): break
        }
    }
}
