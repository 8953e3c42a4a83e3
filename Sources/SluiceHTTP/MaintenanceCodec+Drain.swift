import SluiceCore
import SluiceEngine
import SluiceForecast
import SluiceJSON
import SluiceModel

/// Drains of a maintenance on the wire.
extension MaintenanceCodec {
    /// - Parameter deadline: By when it should be over; nil: it has none.
    static func drain(_ report: DrainReport, deadline: Timestamp?) -> JSONObject {
        JSONObject([
            ("begunAt", .time(report.begunAt)), ("at", .time(report.at)), ("dry", .bool(report.isDry)),
            ("left", .int(report.left)), ("deadline", deadline.map { .time($0) } ?? .null),
            ("outlook", deadline.map { .string(report.outlook(by: $0).rawValue) } ?? .null),
            ("estimate", report.eta.map { .object(estimate($0)) } ?? .null),
            ("quietPollsNeeded", .int(report.policy.quietLookCount)),
            ("settleSeconds", .number(JSONNumber(report.policy.settle.components.seconds))),
            ("systems", .array(report.systems.map { .object(system($0)) })),
        ])
    }

    private static func estimate(_ eta: DrainETA) -> JSONObject {
        JSONObject([
            ("at", .time(eta.at)), ("p50", eta.p50.map { .time($0) } ?? .null),
            ("p90", eta.p90.map { .time($0) } ?? .null), ("running", .int(eta.runningCount)),
            ("waitingForPerson", .int(eta.waitingForPersonCount)),
            ("assumedFlows", .array(eta.assumedFlows.map { .string($0.text) })),
        ])
    }

    private static func system(_ status: DrainStatus) -> JSONObject {
        let counts = status.counts
        return JSONObject([
            ("system", .string(status.system.rawValue)), ("dry", .bool(status.isDry)), ("left", .int(status.left)),
            ("running", .int(counts.running + counts.unknown)), ("atGate", .int(counts.atGate)),
            ("parked", .int(counts.parked)),
            (
                "paused",
                .object(JSONObject(counts.pausedByReason.map { ($0.reason, JSONValue.int($0.count)) }))
            ),
            ("waitsForHold", .int(counts.waitsForHold)), ("dueLater", .int(counts.dueLater)),
            ("needsPerson", .int(counts.needsPerson)), ("waived", .int(counts.waived)),
            ("exempt", .int(counts.exempt)),
            // Zero is said only when it is known.
            ("inFlight", status.inFlight.trouble == nil ? .int(status.inFlight.count) : .null),
            ("quietPolls", .int(status.quietLookCount)),
            ("quietSince", status.quietSince.map { .time($0) } ?? .null),
            ("lookedAt", status.lookedAt.map { .time($0) } ?? .null),
            (
                "waitsFor",
                .array(
                    status.obstacles.map { obstacle in
                        ["code": .string(obstacle.word), "text": .string(obstacle.sentence)]
                    })
            ),
            ("notes", .array(status.notes.map { .string($0) })),
        ])
    }

    /// What the estimates of past drains were worth (requirement R14).
    static func calibration(_ calibration: DrainCalibration) -> JSONObject {
        func share(_ share: DrainCalibration.Share) -> JSONValue {
            ["held": .int(share.heldCount), "of": .int(share.count)]
        }
        return JSONObject([
            ("text", .optional(calibration.sentence)), ("p50", share(calibration.p50AtStart())),
            ("p90", share(calibration.p90AtStart())),
            (
                "medianErrorSeconds",
                calibration.medianErrorMilliseconds().map { .number(JSONNumber($0 / 1000)) } ?? .null
            ),
        ])
    }
}
