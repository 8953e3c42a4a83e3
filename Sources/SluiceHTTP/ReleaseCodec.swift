import SluiceCore
import SluiceJSON
import SluiceModel
import SluicePorts

/// The release on the wire.
enum ReleaseCodec {
    static func object(_ settings: ReleaseSettings) -> JSONObject {
        var object = JSONObject([
            ("ratePerMinute", .int(settings.ratePerMinute)), ("ceiling", .int(settings.ceiling)),
        ])
        object["canary"] =
            settings.canary.map { canary in
                .object(
                    JSONObject([
                        ("count", .int(canary.count)), ("flow", .optional(canary.flow?.text)),
                        ("timeoutSeconds", .int(canary.timeoutSeconds)),
                    ]))
            } ?? .null
        object["ramp"] =
            settings.ramp.map { ramp in
                var members = JSONObject([("fromPercent", .int(ramp.fromPercent))])
                switch ramp.growth {
                case .factorPercent(let percent): members["factorPercent"] = .int(percent)
                case .stepPercent(let percent): members["stepPercent"] = .int(percent)
                }
                members["everyWellEnded"] = .int(ramp.everyWellEnded)
                return .object(members)
            } ?? .null
        object["breaker"] =
            settings.breaker.map { breaker in
                .object(
                    JSONObject([
                        ("sharePercent", .int(breaker.sharePercent)), ("window", .int(breaker.window)),
                        ("minimum", .int(breaker.minimum)),
                        ("historyMarginPercent", breaker.historyMarginPercent.map { .int($0) } ?? .null),
                    ]))
            } ?? .null
        object["tenantSlice"] = .int(settings.tenantSlice)
        object["strandedKeys"] = .string(settings.strandedKeys.rawValue)
        object["identity"] = .string(settings.identity.rawValue)
        return object
    }

    /// Reads settings as `object` writes them; a canary, ramp or breaker that is absent or null is none.
    static func settings(_ reader: inout JSONObjectReader) throws(JSONFieldError) -> ReleaseSettings {
        typealias Limits = ReleaseSettings.Limits
        let words = StrandedKeyPolicy.allCases.map(\.rawValue).joined(separator: " or ")
        let others = IdentityPolicy.allCases.map(\.rawValue).joined(separator: " or ")
        var settings = ReleaseSettings(
            ratePerMinute: try reader.int("ratePerMinute", in: Limits.ratePerMinute),
            ceiling: try reader.int("ceiling", in: Limits.ceiling),
            tenantSlice: try reader.int("tenantSlice", in: Limits.tenantSlice),
            strandedKeys: try reader.parsed("strandedKeys", expected: words) { StrandedKeyPolicy(rawValue: $0) },
            identity: try reader.parsed("identity", expected: others) { IdentityPolicy(rawValue: $0) })
        if var canary = try reader.optionalObject("canary") {
            settings.canary = .init(
                count: try canary.int("count", in: Limits.canaryCount),
                flow: try canary.optionalParsed("flow", expected: "a flow's id") { FlowID(checking: $0) },
                timeoutSeconds: Int64(
                    try canary.optionalInt("timeoutSeconds", in: Limits.canaryTimeoutSeconds) ?? 900))
            try canary.finish()
        }
        if var ramp = try reader.optionalObject("ramp") {
            let factor = try ramp.optionalInt("factorPercent", in: Limits.factorPercent)
            let step = try ramp.optionalInt("stepPercent", in: 1...100)
            guard (factor == nil) != (step == nil) else {
                throw ramp.invalid("factorPercent", "give either factorPercent or stepPercent")
            }
            settings.ramp = .init(
                fromPercent: try ramp.int("fromPercent", in: 1...100),
                growth: factor.map { .factorPercent($0) } ?? .stepPercent(step ?? 100),
                everyWellEnded: try ramp.int("everyWellEnded", in: Limits.everyWellEnded))
            try ramp.finish()
        }
        if var breaker = try reader.optionalObject("breaker") {
            let window = try breaker.int("window", in: Limits.breakerWindow)
            settings.breaker = .init(
                sharePercent: try breaker.int("sharePercent", in: 0...100), window: window,
                minimum: try breaker.int("minimum", in: 1...window),
                historyMarginPercent: try breaker.optionalInt("historyMarginPercent", in: 0...100))
            try breaker.finish()
        }
        try reader.finish()
        return settings
    }

    static func object(_ status: ReleaseStatus, counts: HoldCounts) -> JSONObject {
        let record = status.record
        let waiting = counts.total(.held) + counts.total(.released)
        let estimate = ReleaseEstimate(
            waitingCount: waiting, ratePerMinute: record.ratePerMinute, ceiling: record.ceiling,
            mean: status.course.durationMean, isRising: record.stage == .ramping || record.stage == .canary,
            stop: status.stop)
        var object = JSONObject([
            ("state", .string(record.stage.rawValue)), ("since", .time(record.since)), ("by", .string(record.by.text)),
            ("reason", .string(record.reason)),
        ])
        object["resumes"] = .optional(record.resumes?.rawValue)
        object["beganAt"] = record.beganAt.map { .time($0) } ?? .null
        object["settingsRevision"] = .int(record.settingsRevision)
        object["settings"] = .object(Self.object(record.settings))
        object["now"] = .object(
            JSONObject([("ratePerMinute", .int(record.ratePerMinute)), ("ceiling", .int(record.ceiling))]))
        object["progress"] = .object(progress(status, waiting, counts))
        object["stop"] = .optional(status.stop)
        object["limit"] = .optional(status.limit)
        object["trouble"] = .optional(status.trouble)
        object["note"] = .optional(status.note)
        object["estimate"] = .object(
            JSONObject([
                ("seconds", estimate.remaining.map { .int($0.components.seconds) } ?? .null),
                ("explanation", .string(estimate.explanation)),
            ]))
        return object
    }

    private static func progress(_ status: ReleaseStatus, _ waiting: Int, _ counts: HoldCounts) -> JSONObject {
        let direct: JSONValue
        if case .known(let count) = status.load { direct = .int(count) } else { direct = .null }
        // Only the process that drives the release counts them.
        func own(_ count: Int) -> JSONValue { status.note == nil ? .int(count) : .null }
        let flightCount =
            status.note == nil ? status.flightCount : counts.total(.launching) + counts.total(.running)
        return JSONObject([
            ("waiting", .int(waiting)), ("launching", .int(flightCount)), ("direct", direct),
            ("canariesRunning", own(status.canaryCount)),
            ("canariesEndedWell", .int(status.record.earned.canaryCount)),
            ("launched", own(status.course.launchedCount)), ("endedWell", own(status.course.wellCount)),
            ("failed", own(status.course.failedCount)), ("recentlyEnded", own(status.recentCount)),
            ("recentlyFailed", own(status.recentFailedCount)),
            ("awaitingOperator", .int(counts.total(.awaitingOperator))),
        ])
    }
}
