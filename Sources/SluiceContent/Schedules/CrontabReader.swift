import SluiceForecast
import SluiceModel

/// Reads a table of cron: entries of five fields or an `@` word, settings, comments (crontab(5) of Debian and cronie).
struct CrontabReader {
    let file: String
    let now: Timestamp
    let defaultZone: TimeZoneRules
    let limits: ContentLimits
    let dialect: ScheduleDialect

    /// What is said once, though it holds for many lines.
    private struct State {
        var result: ScheduleFile
        var diagnostics: DiagnosticList
        var zone: TimeZoneRules
        /// How often a name was given already: names of entries that are alike get a number.
        var names: [String: Int] = [:]
        var keptTextBytes = 0
    }

    func read(_ bytes: [UInt8]) -> ScheduleFile {
        var state = State(
            result: ScheduleFile(file: file), diagnostics: DiagnosticList(countMax: limits.diagnosticCountMax),
            zone: defaultZone)
        if let problem = unreadable(bytes) {
            state.diagnostics.append(problem)
        } else {
            readLines(bytes, &state)
        }
        state.result.diagnostics = state.diagnostics.all
        return state.result
    }

    /// Code of what is said about bytes that are no table at all.
    static let noTextCode = "schedule-unknown"

    /// Why the bytes are no table at all: binary, or not UTF-8.
    private func unreadable(_ bytes: [UInt8]) -> ContentError? {
        let isText =
            bytes.allSatisfy { $0 >= 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D || $0 == 0x0C }
            && !bytes.contains(0x7F)
        guard isText, String(validating: bytes, as: UTF8.self) != nil else {
            return ContentError(
                Self.noTextCode,
                "this is no schedule file that we know: neither XML nor JSON, and for a crontab it has bytes that are "
                    + "no UTF-8 text", file: file, line: 1)
        }
        return nil
    }

    private func readLines(_ bytes: [UInt8], _ state: inout State) {
        var line = 0
        let lineFeed = UInt8(ascii: "\n")
        for piece in bytes.split(separator: lineFeed, omittingEmptySubsequences: false) {
            line += 1
            guard state.result.triggers.count < limits.schedulePartCountMax,
                state.keptTextBytes < limits.keptTextBytesMax
            else {
                return state.diagnostics.append(
                    ContentError(
                        "schedule-size",
                        "the file has more than \(limits.schedulePartCountMax) entries, or too much "
                            + "text; the rest is not read", file: file, line: line))
            }
            guard piece.count <= limits.crontabLineBytesMax else {
                state.diagnostics.append(
                    ContentError(
                        "crontab-line", "the line is longer than \(limits.crontabLineBytesMax) bytes; it is left out",
                        file: file, line: line))
                continue
            }
            let text = trimmed(String(decoding: piece, as: UTF8.self))
            if text.isEmpty || text.hasPrefix("#") { continue }
            if let setting = Self.setting(text) {
                read(setting, line, &state)
                continue
            }
            do throws(ContentError) {
                try readEntry(text, line, &state)
            } catch {
                state.diagnostics.append(error)
            }
        }
    }

    // MARK: Settings

    /// `NAME = value`, each perhaps in quotes.
    private static func setting(_ text: String) -> (name: String, value: String)? {
        guard let equals = text.firstIndex(of: "=") else { return nil }
        let name = unquoted(trimmed(String(text[..<equals])))
        let isName = { (scalar: Unicode.Scalar) in scalar.properties.isAlphabetic || scalar == "_" }
        guard let first = name.unicodeScalars.first, isName(first),
            name.unicodeScalars.allSatisfy({ isName($0) || ("0"..."9").contains($0) })
        else { return nil }
        return (name, unquoted(trimmed(String(text[text.index(after: equals)...]))))
    }

    private static func unquoted(_ text: String) -> String {
        guard text.utf8.count >= 2, let quote = text.first, quote == "\"" || quote == "'", text.last == quote else {
            return text
        }
        return String(text.dropFirst().dropLast())
    }

    private func read(_ setting: (name: String, value: String), _ line: Int, _ state: inout State) {
        switch setting.name {
        case "CRON_TZ":
            if let zone = TimeZoneRules(javaIdentifier: setting.value) {
                state.zone = zone
                state.diagnostics.append(
                    Diagnostic(
                        severity: .note, code: "crontab-cron-tz",
                        message:
                            "CRON_TZ: the times below are in \(zone.identifier), as cronie takes them; Debian's cron "
                            + "does not know the word and keeps to the machine's zone", file: file, line: line))
            } else {
                state.zone = defaultZone
                state.diagnostics.append(
                    ContentError(
                        "crontab-time-zone",
                        "CRON_TZ: the time zone “\(shown(setting.value, charactersMax: 64))” is unknown; the times "
                            + "below are shown in \(defaultZone.identifier)", file: file, line: line))
            }
        case "TZ":
            state.diagnostics.warn(
                "crontab-tz",
                "TZ is only passed to the commands and moves no time; cronie's word for that is CRON_TZ, Debian's cron "
                    + "has none", file: file, line: line)
        default: break
        }
    }

    // MARK: Entries

    private func readEntry(_ text: String, _ line: Int, _ state: inout State) throws(ContentError) {
        var rest = text[...]
        func word() -> String {
            rest = rest.drop { $0 == " " || $0 == "\t" }
            let word = rest.prefix { $0 != " " && $0 != "\t" }
            rest = rest.dropFirst(word.count)
            return String(word)
        }
        func failure(_ code: String, _ message: String) -> ContentError {
            ContentError(code, message, file: file, line: line)
        }
        var fields: [String] = []
        if text.hasPrefix("@") {
            let written = word()
            if written.lowercased() == "@reboot" {
                return state.diagnostics.append(
                    Diagnostic(
                        severity: .note, code: "crontab-reboot",
                        message: "@reboot runs when cron starts, which is no time; it is in no forecast", file: file,
                        line: line))
            }
            guard let known = CrontabSchedule.fields(of: written) else {
                throw failure(
                    "crontab-time",
                    "\(Self.quoted(written)) is unknown; allowed are @yearly, @annually, @monthly, "
                        + "@weekly, @daily, @midnight, @hourly and @reboot")
            }
            fields = known
        } else {
            for _ in 0..<5 { fields.append(word()) }
            guard !fields[4].isEmpty else {
                throw failure("crontab-time", "the line has fewer than 5 time fields and is no setting either")
            }
        }
        let schedule: CrontabSchedule
        do throws(CrontabSchedule.Fault) {
            schedule = try CrontabSchedule(fields: fields)
        } catch {
            throw failure("crontab-time", error.description)
        }
        let user = dialect == .systemCrontab ? word() : nil
        let command = trimmed(String(rest))
        guard !command.isEmpty, user?.isEmpty != true else {
            throw failure(
                "crontab-command", user == nil ? "the line has no command" : "the line lacks a user or command")
        }
        guard user.map(HarmlessText.isLogin) ?? true else {
            throw failure(
                "crontab-command",
                "the user's name, which a table of the system has before the command, is none (what stands there is "
                    + "not shown, it may be a secret); write one, or read the file as a crontab of a user")
        }
        if let remark = CrontabClock.remark(schedule, state.zone, now: now) {
            state.diagnostics.warn("crontab-clock-change", remark, file: file, line: line)
        }
        add(schedule.timings(timeZone: state.zone.identifier), command: command, user: user, line, &state)
    }

    private func add(
        _ timings: [ScheduleTrigger.Timing], command: String, user: String?, _ line: Int, _ state: inout State
    ) {
        let safe = shown(CommandSecrets.masked(command), charactersMax: Self.nameCharactersMax)
        let count = state.names[safe, default: 0] + 1
        state.names[safe] = count
        let key = ScheduleKey(group: user ?? "crontab", name: count == 1 ? safe : "\(safe) (\(count))")
        state.keptTextBytes += key.name.utf8.count * 3
        state.result.jobs.append(ScheduleJob(key: key, jobClass: nil, line: line))
        for timing in timings {
            state.result.triggers.append(
                ScheduleTrigger(key: key, job: key, timing: timing, start: now.cutToSecond, line: line))
        }
    }

    /// A word of a line for a message, when it looks like a time; what does not may be of a command with a secret.
    static func quoted(_ word: some StringProtocol) -> String {
        let isTime = word.utf8.allSatisfy { (48...57).contains($0) || "@*/,-?~#+".utf8.contains($0) }
        let isName = HarmlessText.isWord(word.hasPrefix("@") ? String(word.dropFirst()) : String(word))
        return isTime || (isName && word.utf8.count <= 10)
            ? "“\(shown(String(word), charactersMax: 40))”" : "what stands there (not shown, it may be a secret)"
    }

    /// Of a command in names.
    private static let nameCharactersMax = 160
}
