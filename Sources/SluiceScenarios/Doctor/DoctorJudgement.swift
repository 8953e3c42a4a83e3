import SluiceCSA
import SluiceModel

/// What answers of the real systems mean; pure, so that a table can test it.
enum DoctorJudgement {
    // MARK: Clocks

    /// Clocks further apart than this are a problem: windows, dates and misfires go by them.
    static let clockLimit = Duration.seconds(10)

    /// When a server said what its time is: between these, by our clock.
    struct ClockReading: Hashable, Sendable {
        var sentAt: Timestamp
        var receivedAt: Timestamp
        /// Of the header `Date`, which is cut to the second.
        var theirs: Timestamp

        /// How far their clock is ahead of ours at least, in milliseconds: 0 where both may be the same.
        var aheadMilliseconds: Int64 {
            DoctorJudgement.gap(
                theirs.milliseconds...(theirs.milliseconds + 1000), sentAt.milliseconds...receivedAt.milliseconds)
        }

        /// Where their clock is ahead of ours, in the middle of what is possible.
        var offsetMilliseconds: Int64 {
            theirs.milliseconds + 500 - (sentAt.milliseconds + receivedAt.milliseconds) / 2
        }
    }

    /// How far the first span is behind the second one at least; negative: before it; 0: they touch.
    static func gap(_ first: ClosedRange<Int64>, _ second: ClosedRange<Int64>) -> Int64 {
        if first.lowerBound > second.upperBound { return first.lowerBound - second.upperBound }
        if first.upperBound < second.lowerBound { return first.upperBound - second.lowerBound }
        return 0
    }

    /// How far one server's clock is ahead of another's at least.
    static func aheadMilliseconds(_ first: ClockReading, of second: ClockReading) -> Int64 {
        func span(_ reading: ClockReading) -> ClosedRange<Int64> {
            let theirs = reading.theirs.milliseconds
            return
                (theirs - max(reading.receivedAt, reading.sentAt).milliseconds)...(theirs + 1000
                - reading.sentAt.milliseconds)
        }
        return gap(span(first), span(second))
    }

    /// What an answer's `Date` tells of a server's clock; without one nothing is read.
    static func clock(
        _ name: String, date: String?, sentAt: Timestamp, receivedAt: Timestamp
    ) -> (reading: ClockReading?, finding: DoctorFinding) {
        let question = "is its clock right?"
        guard let theirs = date.flatMap({ Timestamp(httpDate: $0) }) else {
            return (nil, .untold(name, question, "its answers carry no Date"))
        }
        let reading = ClockReading(sentAt: sentAt, receivedAt: receivedAt, theirs: theirs)
        return (reading, clock(name, question, ahead: reading.aheadMilliseconds, of: "ours"))
    }

    static func clock(_ name: String, _ question: String, ahead milliseconds: Int64, of whom: String) -> DoctorFinding {
        let size = milliseconds.magnitude
        guard size > 0 else { return DoctorFinding(name, question, .fine, "no difference to \(whom)") }
        let text = "\(size / 1000).\(String(size % 1000 + 1000).dropFirst().prefix(1)) s"
        let side = milliseconds > 0 ? "ahead of" : "behind"
        let isFar = Duration.milliseconds(Int64(size)) > clockLimit
        return DoctorFinding(
            name, question, isFar ? .problem : .fine,
            "at least \(text) \(side) \(whom)\(isFar ? "; mend the time synchronisation there" : "")")
    }

    // MARK: Time zone

    /// The offset of a time as CSA writes it, in seconds; nil: none is written.
    static func offsetSeconds(of time: String) -> Int? {
        if time.hasSuffix("Z") { return 0 }
        let tail = time.suffix(6)
        guard tail.count == 6, let sign = tail.first, sign == "+" || sign == "-", time.contains("T"),
            let hours = Int(tail.dropFirst().prefix(2)), let minutes = Int(tail.suffix(2)),
            tail.dropFirst(3).first == ":"
        else { return nil }
        return (hours * 3600 + minutes * 60) * (sign == "-" ? -1 : 1)
    }

    /// The first text of an element, in CSA's own text.
    static func firstText(of element: String, in record: String) -> String? {
        guard let start = record.firstRange(of: "<\(element)>") else { return nil }
        let rest = record[start.upperBound...]
        return rest.firstRange(of: "<").map { String(rest[..<$0.lowerBound]) }
    }

    // MARK: Counts

    /// Persons' counts as they were answered, over all organizations.
    struct CountSightings: Hashable, Sendable {
        var personCount = 0
        /// Counts that were left out, that were 0, and that were more.
        var absentCount = 0
        var zeroCount = 0
        var positiveCount = 0
    }

    static let countQuestion = "does a count that a person's entry leaves out mean 0?"

    static func absentCounts(_ seen: CountSightings, current: Bool) -> DoctorFinding {
        let name = "csa.absentCountIsZero"
        func finding(_ value: Bool, _ answer: String, _ evidence: DoctorFinding.Evidence) -> DoctorFinding {
            DoctorFinding(
                name, countQuestion, .found, answer, evidence,
                switches: [DoctorSwitch(name, "\(value)", current: "\(current)")])
        }
        guard seen.personCount > 0 else { return .untold(name, countQuestion, "no organization lists a person") }
        if seen.absentCount == 0 {
            return finding(false, "no count is left out, of \(seen.personCount) persons", .seen)
        }
        if seen.zeroCount == 0, seen.positiveCount > 0 {
            return finding(true, "\(seen.absentCount) counts are left out, and none that is there is 0", .inferred)
        }
        return .untold(
            name, countQuestion,
            "\(seen.absentCount) counts are left out, and "
                + (seen.zeroCount > 0 ? "others are 0" : "no person has any")
                + ": compare a person's counts with the console")
    }

    // MARK: Switches of CSA

    static func policyPath(_ search: PolicyPathSearch, current: String?) -> DoctorFinding {
        let (name, question) = ("csa.policyElement", CSAExamination.policyQuestion)
        guard search.offeringCount > 0 else {
            return .untold(name, question, "no offering with a policy was found")
        }
        guard let best = search.candidates.first else {
            return .untold(
                name, question,
                "\(search.offeringCount) offerings show no policy's id"
                    + (current == nil ? "" : ", also not at csa.policyElement")
                    + ": assignments cannot be read back, unless none of them has a policy")
        }
        let each = best.idCountMax > 1 ? ", one for each action" : ", one for all actions"
        return DoctorFinding(
            name, question, .found,
            "\(best.path) in \(best.offeringCount) of \(search.offeringCount) offerings\(each)",
            switches: [DoctorSwitch(name, best.path, current: current)])
    }

    static let staleQuestion = "what is answered to a person's id that is not valid any more?"

    static func staleLogin(status: Int, current: String) -> DoctorFinding {
        let name = "csa.staleLogin"
        let word: String? = status == 404 ? "missing" : status == 401 ? "unauthorized" : nil
        guard let word else {
            return .untold(name, staleQuestion, "an id that cannot exist was answered \(status), neither 401 nor 404")
        }
        return DoctorFinding(
            name, staleQuestion, .found, "\(status), to an id that cannot exist", .inferred,
            switches: [DoctorSwitch(name, word, current: current)])
    }

    // MARK: Switches of Central

    static let occurrencesQuestion = "does a schedule with N occurrences fire N times?"

    /// - Parameters:
    ///   - wanted: The occurrences that a scratch schedule had.
    ///   - count: How often it fired.
    static func occurrences(wanted: Int, count: Int, current: Bool) -> DoctorFinding {
        let name = "central.occurrencesMeanRepeats"
        guard count == wanted || count == wanted + 1 else {
            return .untold(
                name, occurrencesQuestion,
                "a schedule with \(wanted) occurrences fired \(count) times; was the flow launched by others, too?")
        }
        return DoctorFinding(
            name, occurrencesQuestion, .found, "a schedule with \(wanted) occurrences fired \(count) times",
            switches: [DoctorSwitch(name, "\(count > wanted)", current: "\(current)")])
    }

    static let catchUpQuestion = "what is launched for missed times once a schedule is enabled again?"

    /// - Parameters:
    ///   - starts: When executions started, by Central's clock, since it was enabled half-way between two times.
    ///   - period: Between two times of the schedule, which lie on whole multiples of it.
    static func catchUp(starts: [Timestamp], periodMilliseconds period: Int64, current: String) -> DoctorFinding {
        let name = "central.catchUp"
        // What starts within the first third after a time was launched for that time.
        let regular = starts.filter { $0.milliseconds % period < period / 3 }
        let extraCount = starts.count - regular.count
        guard !regular.isEmpty else {
            return .untold(
                name, catchUpQuestion, "the schedule did not fire at its next time either, so nothing can be said")
        }
        guard extraCount <= 1 else {
            return .untold(
                name, catchUpQuestion,
                "\(extraCount) executions started at once; was the flow launched by others, too?")
        }
        return DoctorFinding(
            name, catchUpQuestion, .found,
            extraCount == 1 ? "one, at once, for all times that a cron schedule missed" : "nothing: missed is missed",
            switches: [DoctorSwitch(name, extraCount == 1 ? "once" : "none", current: current)])
    }

    static let dialectQuestion = "which of Central's ways to start are there?"

    /// - Parameter answering: The dialects whose root answers, best first.
    static func dialect(answering: [String], current: String) -> DoctorFinding {
        let name = "central.dialect"
        guard let best = answering.first else {
            return DoctorFinding(
                name, dialectQuestion, .problem, "neither /rest/v1, /rest/v2 nor /rest/latest lists executions")
        }
        let value = answering.contains(current) ? current : best
        return DoctorFinding(
            name, dialectQuestion, .found, "\(answering.joined(separator: ", ")) list executions", .inferred,
            switches: [DoctorSwitch(name, value, current: current)])
    }
}
