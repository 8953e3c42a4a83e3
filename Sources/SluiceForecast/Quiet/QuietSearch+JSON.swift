public import SluiceJSON
import SluiceModel

extension QuietSearch {
    /// Version of the JSON's shape.
    public static let format = 1

    /// The windows as the API and the command line give them; the shape is in docs/openapi.yaml, `QuietWindows`.
    public var json: JSONObject {
        JSONObject([
            ("format", .int(Self.format)), ("from", .time(query.horizon.lowerBound)),
            ("to", .time(query.horizon.upperBound)), ("lengthSeconds", .int(query.lengthMilliseconds / 1000)),
            ("stepMinutes", .int(query.stepMinutes)), ("zone", .string(query.zone.identifier)),
            ("starts", .int(startCount)), ("allowedStarts", .int(allowedCount)), ("meanHeld", .tenths(meanHeldCount)),
            ("complete", .bool(!isCut)), ("walkedUntil", walkedUntil.map { .time($0) } ?? .null),
            ("notes", .array(notes.map { .string($0) })),
            ("blackoutStarts", .int(blackoutStartCount)),
            ("blackoutCount", .int(blackouts.count)),
            ("blackouts", .array(blackouts.prefix(ForecastLimits.toldBlackoutCountMax).map { .object($0.json) })),
            (
                "windows",
                .array(
                    windows.enumerated().map { index, window in
                        .object(
                            JSONObject([
                                ("rank", .int(index + 1)), ("from", .time(window.span.lowerBound)),
                                ("to", .time(window.span.upperBound)), ("held", .int(window.heldCount)),
                                ("notReplayable", .int(window.notReplayableCount)),
                                ("unsafeToMiss", .int(window.unsafeCount)),
                                ("unsafeNames", .array(window.unsafeNames.map { .string($0) })),
                                ("drain", .object(window.drain.json)), ("why", .string(why(window))),
                            ]))
                    })
            ),
        ])
    }

    /// What to know about how far it can be trusted, in sentences.
    public var notes: [String] {
        var notes: [String] = []
        if Forecast.isPast(query.horizon.lowerBound, at: query.now) { notes.append(Forecast.pastNote) }
        if let walkedUntil { notes.append(Self.cutNote(walkedUntil)) }
        if drainsAreCut { notes.append(Self.drainsNote) }
        if !knowsSchedules { notes.append(Forecast.emptyNote) }
        notes += AskingNotes.of(askings)
        if let whyNone { notes.append(whyNone) }
        return notes
    }

    /// Why no window is given, and what would help, in sentences; nil when there are some.
    private var whyNone: String? {
        guard windows.isEmpty else { return nil }
        if allowedCount > 0 {
            return "Without a schedule all \(allowedCount) allowed starts are equal, and none is listed."
        }
        guard startCount == 0 else {
            return "No window fits: none of \(startCount) starts is allowed. Widen the horizon, shorten the window, or "
                + "allow more days or hours" + (blackouts.isEmpty ? "." : "; or mend the blackouts.")
        }
        let (from, end) = (query.horizon.lowerBound, query.horizon.upperBound)
        let length = Duration.milliseconds(QuietStarts(query).length)
        guard from.advanced(by: length) <= end else {
            return "No window fits: it is longer than the horizon. Widen the horizon, or shorten the window."
        }
        let first = QuietStarts(query).first
        let late = (first.advanced(by: length).since(end).wholeMilliseconds + 59_999) / 60_000
        return
            "No window fits: one starts at a multiple of \(query.stepMinutes) minutes past the hour, so it would begin "
            + "at \(shown(first)) at the earliest, and end at \(shown(first.advanced(by: length))), "
            + "\(late) \(late == 1 ? "minute" : "minutes") after the horizon's end. Look that much further ahead."
    }

    private func shown(_ time: Timestamp) -> String { query.zone.rfc3339(time.cutToSecond) }

    private static func cutNote(_ time: Timestamp) -> String {
        "There are more launches than were gone through: no window that ends after \(time) is looked at. Look less far "
            + "ahead."
    }

    private static let drainsNote =
        "More launches may run when some drains start than were gone through (\(ForecastLimits.quietDrainStepCountMax) "
        + "steps for all of them): those drains may take longer than is said. Ask for fewer windows."

    /// What blackouts did, in a sentence; nil when there are none in the horizon.
    var blackoutSentence: String? {
        guard !blackouts.isEmpty else { return nil }
        return "\(blackouts.count) \(blackouts.count == 1 ? "blackout leaves" : "blackouts leave") out "
            + "\(blackoutStartCount) of the starts that are allowed otherwise."
    }

    /// Why a window stands where it does, in a sentence.
    public func why(_ window: Window) -> String {
        var parts: [String] = []
        if window.unsafeCount > 0 {
            let names = window.unsafeNames.joined(separator: ", ")
            let more = window.unsafeCount > window.unsafeNames.count ? ", …" : ""
            let schedules = window.unsafeCount == 1 ? "1 schedule" : "\(window.unsafeCount) schedules"
            parts.append("\(schedules) would miss a time though that is unsafe (\(names)\(more))")
        } else {
            parts.append("nothing unsafe to miss")
        }
        let lost = window.heldCount + window.notReplayableCount
        parts.append(
            "\(lost) \(lost == 1 ? "launch" : "launches") would be held, \(JSONValue.tenths(meanHeldCount)) on average")
        if window.notReplayableCount > 0 { parts.append("\(window.notReplayableCount) of them not replayable") }
        if let minutes = window.drainMinutes {
            parts.append(minutes == 0 ? "nothing to drain" : "drained within \(minutes) min (p90)")
        } else {
            parts.append("no end of the drain in sight (p90)")
        }
        return parts.joined(separator: "; ")
    }
}

extension QuietSearch.HeededBlackout {
    var json: JSONObject {
        JSONObject([
            ("from", .time(blackout.span.lowerBound)), ("to", .time(blackout.span.upperBound)),
            ("summary", .optional(blackout.summary)), ("calendar", .optional(blackout.calendar)),
            ("starts", .int(startCount)),
        ])
    }
}
