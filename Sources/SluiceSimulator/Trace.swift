import SluiceCore
import SluiceModel

/// The last events of a run, in words. Only kept when asked for: a failing seed is run again to be told.
struct Trace {
    /// Events that are kept.
    static let countMax = 200_000
    private(set) var lines: [String] = []

    mutating func add(_ now: Instant, _ name: String?, _ text: String) {
        guard lines.count < Self.countMax else { return }
        lines.append("\(Self.time(now))  \((name ?? "-").padded(8)) \(text)")
    }

    /// `00:12.345678`: minutes, seconds and microseconds since the run began.
    static func time(_ now: Instant) -> String {
        let micros = String(now % 1_000_000)
        let seconds = String(now / 1_000_000 % 60)
        let minutes = String(now / 60_000_000)
        return minutes.zeroed(2) + ":" + seconds.zeroed(2) + "." + micros.zeroed(6)
    }

    static func keys(of request: LaunchRequest) -> String {
        var text = ""
        if let tenant = request.tenant { text += ", tenant \(tenant)" }
        if let key = request.orderingKey { text += ", key \(key)" }
        if let key = request.idempotencyKey { text += ", idempotency \(key)" }
        if let expiresAt = request.expiresAt { text += ", expires \(expiresAt.milliseconds)" }
        if request.priority != .ordinary { text += ", priority \(request.priority.level)" }
        return text
    }
}

extension String {
    fileprivate func padded(_ width: Int) -> String {
        count >= width ? self : self + String(repeating: " ", count: width - count)
    }

    fileprivate func zeroed(_ width: Int) -> String {
        count >= width ? self : String(repeating: "0", count: width - count) + self
    }
}

extension World {
    /// Says what is about to happen.
    func note(_ happening: Happening) {
        guard let text = Words.of(happening, self) else { return }
        let name =
            happening.place.map { replicas[$0.replica].name } ?? Words.place(of: happening)
        trace?.add(now, name, text)
    }
}
