import SluiceForecast
import SluiceJSON
import SluiceModel

/// A forecast as text, from its JSON: made here or sent by a server.
struct ForecastView {
    let object: JSONObject
    let zone: TimeZoneRules

    /// Schedules shown, those that are held most first.
    private static let scheduleCountMax = 40

    var lines: [String] { checkLines + scheduleLines + launchLines }

    /// What to know before the gate is closed: the numbers, and what runs long.
    var checkLines: [String] { summary.lines + troubles + blockerLines }

    private var blockerLines: [String] {
        let blockers = (object["drain"]?.object?["blockers"]?.array ?? []).compactMap(\.object)
        guard !blockers.isEmpty else { return [] }
        var table = Table(["RUNS NOW", "FLOW", "SINCE", "RUNNING", "TYPICAL", ""])
        let rows = blockers.map { blocker in
            [
                blocker["execution"]?.string ?? "", blocker["flow"]?.string ?? "", time(blocker["startedAt"]),
                "\(blocker["runningSeconds"]?.number?.text ?? "0") s",
                blocker["typicalSeconds"]?.number.map { "\($0.text) s" } ?? "unknown",
                blocker["slow"]?.bool == true ? "slow" : "",
            ]
        }
        return ["", table.heading(for: rows)] + table.lines(rows)
    }

    private var summary: Facts {
        var facts = Facts()
        let (window, counts) = (object["window"]?.object, object["countsInWindow"]?.object)
        facts.add("window", "\(time(window?["from"])) to \(time(window?["to"]))")
        facts.add(
            "launches",
            "\(atLeast)\(number(counts, "launches")) fall in it: \(number(counts, "held")) held, "
                + "\(number(counts, "run")) run all the same, "
                + "\(number(counts, "notReplayable")) left to Central's catch-up, "
                + "\(number(counts, "rejected")) turned away")
        facts.add(
            "at its end",
            "\(number(counts, "released")) launched, for \(stoodFor) a newer one stands, "
                + "\(number(counts, "dropped") - stoodFor) skipped by their misfire policy")
        let unsafe = unsafeNames
        if !unsafe.isEmpty {
            let more = unsafe.count > Self.unsafeNameCountMax ? ", …" : ""
            facts.add(
                "unsafe",
                "\(unsafe.count) \(unsafe.count == 1 ? "schedule" : "schedules") would miss a time though that is "
                    + "unsafe: \(unsafe.prefix(Self.unsafeNameCountMax).joined(separator: ", "))\(more)")
        }
        facts.add("drain", drainWords)
        let release = object["release"]?.object
        facts.add(
            "release",
            "\(number(release, "count")) launches at \(number(release, "ratePerMinute")) a minute, at most "
                + "\(number(release, "ceiling")) at once: the last starts by \(time(release?["clearedAt"])), has ended "
                + "by \(time(release?["endedAt"]))\(release?["isBound"]?.bool == true ? " at the latest" : "")"
                + (number(release, "assumed") == 0
                    ? "" : "; for \(number(release, "assumed")) of them 10 minutes are assumed"))
        return facts
    }

    /// Not all were gone through.
    private var atLeast: String { object["walkedUntil"]?.string == nil ? "" : "at least " }

    /// Launches that are skipped as a newer one of their schedule stands for them.
    private var stoodFor: Int {
        (object["schedules"]?.array ?? []).compactMap(\.object).filter { $0["policy"]?.string == "latest" }
            .reduce(0) { $0 + number($1["countsInWindow"]?.object, "dropped") }
    }

    private var drainWords: String {
        let drain = object["drain"]?.object
        let running = drain?["running"]?.number?.double ?? 0
        guard running > 0 else { return "hardly anything is expected to run when it starts" }
        var words = "\(running) running when it starts"
        if let p50 = drain?["p50"], let p90 = drain?["p90"], !p50.isNull, !p90.isNull {
            words += "; ended by \(time(p50)) (p50: an even chance), \(time(p90)) (p90: nine in ten)"
        } else {
            words += "; when they have ended cannot be said"
        }
        if let assumed = drain?["assumedRunning"]?.number?.double, assumed > 0 {
            words += "; for \(assumed) of them 10 minutes are assumed, as no past durations are known"
        }
        return words
    }

    /// Of schedules that must not miss a time and would.
    private var unsafeNames: [String] {
        (object["schedules"]?.array ?? []).compactMap(\.object)
            .filter { $0["unsafeToMiss"]?.bool == true && lost($0) > 0 }
            .map { ($0["name"]?.string ?? "").printable }
    }

    private static let unsafeNameCountMax = 5

    private var troubles: [String] { NoteLines.of(object) }

    private var scheduleLines: [String] {
        let schedules = (object["schedules"]?.array ?? []).compactMap(\.object)
            .filter { number($0["countsInWindow"]?.object, "launches") > 0 }
        guard !schedules.isEmpty else { return [] }
        let sorted = schedules.enumerated().sorted { left, right in
            let (mine, theirs) = (lost(left.element), lost(right.element))
            return (theirs, left.offset) < (mine, right.offset)
        }
        var table = Table(["SCHEDULE", "FLOW", "ZONE", "GATE", "POLICY", "TIMES", "LAUNCHED AT END", "FIRST", "LAST"])
        let rows = sorted.prefix(Self.scheduleCountMax).map { _, schedule in
            [
                schedule["name"]?.string ?? "", schedule["flow"]?.string ?? "", schedule["zone"]?.string ?? "",
                gate(schedule), schedule["policy"]?.string ?? "",
                String(number(schedule["countsInWindow"]?.object, "launches")),
                String(number(schedule["countsInWindow"]?.object, "released")), time(schedule["first"]),
                time(schedule["last"]),
            ]
        }
        var lines = ["", table.heading(for: rows)] + table.lines(rows)
        if schedules.count > rows.count { lines.append("… and \(schedules.count - rows.count) more (--json has them)") }
        return lines
    }

    private var launchLines: [String] {
        let launches = (object["launches"]?.array ?? []).compactMap(\.object)
        var lines: [String] = []
        if !launches.isEmpty {
            var table = Table(["TIME", "SCHEDULE", "FLOW", "GATE", "THEN"])
            let rows = launches.map { launch in
                [
                    time(launch["time"]), launch["name"]?.string ?? "", launch["flow"]?.string ?? "", gate(launch),
                    fate(launch),
                ]
            }
            lines = ["", table.heading(for: rows)] + table.lines(rows)
        }
        if object["complete"]?.bool == false {
            lines.append("Every launch before \(time(object["listedUntil"])) is listed; --limit lists more.")
        }
        return lines
    }

    /// What becomes of a launch, for people.
    private func fate(_ launch: JSONObject) -> String {
        switch launch["fate"]?.string {
        case "runs": "runs at its time"
        case "launched-at-release": "launched at the end"
        case "stands-for-others": "launched at the end, for \(number(launch, "standsFor")) before it too"
        case "stood-for": "skipped: a later one stands for it"
        case "skipped": "skipped by its policy"
        case "too-old": "skipped: too old for its policy"
        case "not-replayable": "left to Central's catch-up"
        case "rejected": "turned away"
        default: launch["fate"]?.string ?? ""
        }
    }

    private func lost(_ schedule: JSONObject) -> Int {
        let counts = schedule["countsInWindow"]?.object
        return number(counts, "held") + number(counts, "notReplayable") + number(counts, "rejected")
    }

    private func gate(_ object: JSONObject) -> String {
        "\(object["decision"]?.string ?? "") (\(object["reason"]?.string ?? ""))"
    }

    private func number(_ object: JSONObject?, _ name: String) -> Int { object?[name]?.number?.int ?? 0 }

    private func time(_ value: JSONValue?) -> String { ZonedText.text(value, zone) }
}

/// Quiet windows as text, from their JSON.
struct QuietView {
    let object: JSONObject
    let zone: TimeZoneRules

    var lines: [String] {
        let windows = (object["windows"]?.array ?? []).compactMap(\.object)
        var lines = NoteLines.of(object)
        lines.append(
            "\(number("starts")) starts were looked at, one in \(number("stepMinutes")) minutes; "
                + "\(number("allowedStarts")) are allowed.")
        // Why there is none stands among the notes.
        guard !windows.isEmpty else { return lines + blackoutLines }
        var table = Table(["RANK", "FROM", "TO", "HELD", "WHY"])
        let rows = windows.map { window in
            [
                window["rank"]?.number?.text ?? "", ZonedText.text(window["from"], zone),
                ZonedText.text(window["to"], zone),
                String((window["held"]?.number?.int ?? 0) + (window["notReplayable"]?.number?.int ?? 0)),
                window["why"]?.string ?? "",
            ]
        }
        lines.append(table.heading(for: rows))
        return lines + table.lines(rows) + blackoutLines
    }

    private func number(_ name: String) -> String { object[name]?.number?.text ?? "0" }

    /// Which blackouts left something out, in order of time.
    private var blackoutLines: [String] {
        let all = (object["blackouts"]?.array ?? []).compactMap(\.object)
        let count = object["blackoutCount"]?.number?.int ?? all.count
        guard count > 0 else { return [] }
        let noun = count == 1 ? "blackout leaves" : "blackouts leave"
        let starts = object["blackoutStarts"]?.number?.int ?? 0
        var table = Table(["BLACKOUT", "FROM", "TO", "CALENDAR", "STARTS LEFT OUT"])
        let rows = all.prefix(Self.blackoutCountMax).map { blackout in
            [
                blackout["summary"]?.string ?? "", ZonedText.text(blackout["from"], zone),
                ZonedText.text(blackout["to"], zone), blackout["calendar"]?.string ?? "",
                blackout["starts"]?.number?.text ?? "0",
            ]
        }
        var lines = ["", "\(count) \(noun) out \(starts) of the starts that are allowed otherwise:"]
        lines += [table.heading(for: rows)] + table.lines(rows)
        if count > rows.count { lines.append("… and \(count - rows.count) more") }
        return lines
    }

    /// Blackouts shown, the earliest.
    private static let blackoutCountMax = 20
}

/// What a forecast says about itself, a line each.
enum NoteLines {
    static func of(_ object: JSONObject) -> [String] {
        let zoneData = object["zoneData"]?.string.map { ["Zone data: \($0.printable)"] } ?? []
        let notes = (object["notes"]?.array ?? []) + (object["troubles"]?.array ?? [])
        return notes.compactMap { $0.string.map { "Note: \($0.printable)" } } + zoneData
    }
}

/// A time of a JSON document as the wall time of a zone.
enum ZonedText {
    static func text(_ value: JSONValue?, _ zone: TimeZoneRules) -> String {
        guard let text = value?.string, let time = Timestamp(rfc3339: text) else { return value?.string ?? "" }
        return zone.rfc3339(time.cutToSecond)
    }
}
