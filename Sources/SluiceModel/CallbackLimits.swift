/// How often and how long the delivery of a callback is tried.
public enum CallbackLimits {
    /// Tries of one callback; with the pauses between them, a receiver may be away for about half a day.
    public static let attemptCountMax = 20
    /// After the first failed try; doubled with each.
    public static let pauseMin: Duration = .seconds(5)
    /// Between two tries at most, before chance is added.
    public static let pauseMax: Duration = .seconds(3600)
    /// How much chance makes a pause longer or shorter, so that many do not come at once: 1/5.
    public static let jitterShare = 5

    /// The pause after a number of failed tries.
    /// - Parameter chance: Any number; the same one gives the same pause.
    public static func pause(afterTries count: Int, chance: UInt64) -> Duration {
        var pause = pauseMin
        for _ in 1..<max(1, min(count, 32)) { pause = min(pause * 2, pauseMax) }
        let milliseconds = pause.components.seconds * 1000
        let spread = milliseconds * 2 / Int64(jitterShare)
        let shift = spread == 0 ? 0 : Int64(chance % UInt64(spread + 1)) - spread / 2
        return .milliseconds(milliseconds + shift)
    }
}
