package import FoundationEssentials
package import SluiceModel

/// The release's record as JSON, and back.
///
/// A field is only ever added, and then optional: older rows must stay readable.
package enum ReleaseJSON {
    package static func record(_ json: Data) throws -> ReleaseRecord {
        try JSONDecoder().decode(StoredRelease.self, from: json).record()
    }

    package static func encode(_ record: ReleaseRecord) throws -> Data {
        try JSONEncoder().encode(StoredRelease(record))
    }

    private struct StoredRelease: Codable {
        var revision: Int64
        var settingsRevision: Int64
        var settings: StoredSettings
        var stage: String
        var resumes: String?
        var since: Int64
        var by: String
        var reason: String
        var at: Int64
        var closedEpoch: Int64
        var beganAt: Int64?
        var canaryCount: Int
        var levelMillionths: Int
        var recent: [Bool]
        var stopWords: String?

        init(_ record: ReleaseRecord) {
            revision = record.revision
            settingsRevision = record.settingsRevision
            settings = StoredSettings(record.settings)
            stage = record.stage.rawValue
            resumes = record.resumes?.rawValue
            since = record.since.milliseconds
            by = record.by.text
            reason = record.reason
            at = record.at.milliseconds
            closedEpoch = record.closedEpoch.number
            beganAt = record.beganAt?.milliseconds
            canaryCount = record.earned.canaryCount
            levelMillionths = record.earned.levelMillionths
            recent = record.earned.recent
            stopWords = record.stopWords
        }

        func record() throws -> ReleaseRecord {
            var record = ReleaseRecord(
                settings: try settings.settings(), closedEpoch: Epoch(closedEpoch), at: Timestamp(milliseconds: at),
                by: Principal(by), reason: reason)
            record.revision = revision
            record.settingsRevision = settingsRevision
            record.stage = try StoredWord.decode(stage)
            record.resumes = try resumes.map { try StoredWord.decode($0) }
            record.since = Timestamp(milliseconds: since)
            record.beganAt = beganAt.map { Timestamp(milliseconds: $0) }
            record.earned = ReleaseRecord.Earned(
                canaryCount: canaryCount, levelMillionths: levelMillionths, recent: recent)
            record.stopWords = stopWords
            return record
        }
    }

    private struct StoredSettings: Codable {
        var ratePerMinute: Int
        var ceiling: Int
        var canary: Canary?
        var ramp: Ramp?
        var breaker: Breaker?
        var tenantSlice: Int
        var strandedKeys: String
        var identity: String

        struct Canary: Codable {
            var count: Int
            var flow: String?
            var timeoutSeconds: Int64
        }

        /// Exactly one of `factorPercent` and `stepPercent` is there.
        struct Ramp: Codable {
            var fromPercent: Int
            var factorPercent: Int?
            var stepPercent: Int?
            var everyWellEnded: Int
        }

        struct Breaker: Codable {
            var sharePercent: Int
            var window: Int
            var minimum: Int
            var historyMarginPercent: Int?
        }

        init(_ settings: ReleaseSettings) {
            ratePerMinute = settings.ratePerMinute
            ceiling = settings.ceiling
            canary = settings.canary.map {
                Canary(count: $0.count, flow: $0.flow?.text, timeoutSeconds: $0.timeoutSeconds)
            }
            ramp = settings.ramp.map { ramp in
                switch ramp.growth {
                case .factorPercent(let percent):
                    Ramp(
                        fromPercent: ramp.fromPercent, factorPercent: percent, everyWellEnded: ramp.everyWellEnded)
                case .stepPercent(let percent):
                    Ramp(fromPercent: ramp.fromPercent, stepPercent: percent, everyWellEnded: ramp.everyWellEnded)
                }
            }
            breaker = settings.breaker.map {
                Breaker(
                    sharePercent: $0.sharePercent, window: $0.window, minimum: $0.minimum,
                    historyMarginPercent: $0.historyMarginPercent)
            }
            tenantSlice = settings.tenantSlice
            strandedKeys = settings.strandedKeys.rawValue
            identity = settings.identity.rawValue
        }

        func settings() throws -> ReleaseSettings {
            ReleaseSettings(
                ratePerMinute: ratePerMinute, ceiling: ceiling,
                canary: canary.map {
                    .init(count: $0.count, flow: $0.flow.map { FlowID($0) }, timeoutSeconds: $0.timeoutSeconds)
                },
                ramp: ramp.map { ramp in
                    .init(
                        fromPercent: ramp.fromPercent,
                        growth: ramp.factorPercent.map { .factorPercent($0) } ?? .stepPercent(ramp.stepPercent ?? 100),
                        everyWellEnded: ramp.everyWellEnded)
                },
                breaker: breaker.map {
                    .init(
                        sharePercent: $0.sharePercent, window: $0.window, minimum: $0.minimum,
                        historyMarginPercent: $0.historyMarginPercent)
                },
                tenantSlice: tenantSlice, strandedKeys: try StoredWord.decode(strandedKeys),
                identity: try StoredWord.decode(identity))
        }
    }
}
