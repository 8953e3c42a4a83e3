import SluiceContent
import SluiceModel

/// What holds for every schedule file.
enum QuartzInvariants {
    private static let now = Timestamp(milliseconds: 1_700_000_000_123)

    static func check(_ bytes: [UInt8]) throws(BrokenInvariant) {
        let limits = ContentLimits.fuzzing
        let schedules = XMLInvariants.pieceSizes.map { size in
            PiecewiseReading(bytes, pieceBytes: size, limits: limits).schedule(now: now)
        }
        let whole = schedules[0]
        for (schedule, pieceBytes) in zip(schedules, XMLInvariants.pieceSizes) {
            try require(schedule == whole, "it reads as \(schedule) in pieces of \(pieceBytes), whole as \(whole)")
        }
        let lineMax = XMLInvariants.lineMax(bytes)
        try ShownInvariants.check(whole.diagnostics, countMax: limits.diagnosticCountMax, lineMax: lineMax)
        for line in whole.jobs.map(\.line) + whole.triggers.map(\.line) {
            try require((1...lineMax).contains(line), "a job or trigger on line \(line) of \(lineMax)")
        }
        let partCount = whole.jobs.count + whole.triggers.count + whole.preProcessing.count
        try require(
            partCount <= limits.schedulePartCountMax * limits.scheduleElementCountMax, "\(partCount) parts are kept")
        for trigger in whole.triggers {
            if let end = trigger.end { try require(end >= trigger.start, "a trigger that ends before it starts") }
        }
        try ShownInvariants.check(json: ScheduleInspection([whole]).json)
        try ShownInvariants.check(text: ScheduleInspection([whole]).text)
    }
}
