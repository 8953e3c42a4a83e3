import SluiceContent
import SluiceForecast

/// Random questions from a seed: expressions right, odd and wrong, triggers and misfires, in the zones of the world.
struct Questions {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    private static let zones = [
        "UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Kolkata",
        "Europe/London", "Pacific/Apia", "Africa/Casablanca", "Antarctica/Troll", "Asia/Tehran", "America/Nuuk",
        "Pacific/Chatham", "Asia/Gaza", "Africa/Cairo", "Europe/Dublin", "America/Havana", "Asia/Beirut", "EST", "IST",
        "GMT+5", "GMT-03:30", "America/Santiago", "Asia/Kathmandu", "Pacific/Kwajalein", "No/Where", "PST8PDT",
        "America/St_Johns", "Australia/Sydney", "Europe/Moscow", "Asia/Amman", "America/Asuncion",
    ]

    private mutating func random(_ bound: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int((state >> 11) % UInt64(bound))
    }

    private mutating func pick<Element>(_ list: [Element]) -> Element { list[random(list.count)] }

    mutating func next(_ id: Int) -> String {
        switch random(10) {
        case 0: "\(id)\t" + trigger("simple")
        case 1: "\(id)\t" + trigger("interval")
        case 2: "\(id)\tmisfire\t" + misfire()
        default: "\(id)\tcron\t" + cron()
        }
    }

    private mutating func cron() -> String {
        let text = expression()
        // For W, Quartz compares with the milliseconds of its clock: ask at whole seconds.
        let at = instant()
        return "\(text)\t\(pick(Self.zones))\t\(text.uppercased().contains("W") ? at / 1000 * 1000 : at)\t6"
    }

    /// Often just before a change of some zone's offset.
    private mutating func instant() -> Int64 {
        let changes: [Int64] = [
            1_711_846_800, 1_729_990_800, 1_710_054_000, 1_730_613_600, 1_728_142_200, 1_541_300_400, 1_325_239_200,
            1_712_415_600, 1_616_803_200, 745_934_400,
        ]
        if random(2) == 0 { return (pick(changes) - 90_000 + Int64(random(180_000))) * 1000 + Int64(random(2) * 500) }
        return Int64(random(4_000_000_000)) * 1000 + Int64(random(2) * random(1000))
    }

    mutating func expression() -> String {
        var fields = [value(0, 59), value(0, 59), value(0, 23), "", value(1, 12, Self.months), ""]
        let usesWeekday = random(2) == 0
        fields[3] = usesWeekday ? "?" : day()
        fields[5] = usesWeekday ? weekday() : "?"
        if random(40) == 0 { fields[random(6)] = pick(["?", "*", "L", "", "5X", "99", "98", ",", "*/0", "60"]) }
        if random(6) == 0 { fields.append(year()) }
        if random(60) == 0 { fields.append("junk") }
        if random(80) == 0 { fields.removeLast() }
        let text = fields.joined(separator: random(30) == 0 ? "  " : " ")
        return random(20) == 0 ? mangled(text) : random(10) == 0 ? text.lowercased() : text
    }

    private static let months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
    private static let days = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]

    private mutating func value(_ least: Int, _ greatest: Int, _ names: [String] = []) -> String {
        let number = { (questions: inout Questions) in least + questions.random(greatest - least + 1) }
        let first = names.isEmpty || random(2) == 0 ? "\(number(&self))" : pick(names)
        switch random(12) {
        case 0...2: return first
        case 3, 4: return "*"
        case 5: return "*/\(1 + random(greatest + 3))"
        case 6: return "\(number(&self))/\(random(greatest + 2))"
        case 7: return "\(number(&self))-\(number(&self))"
        case 8: return "\(number(&self))-\(number(&self))/\(random(12))"
        case 9: return names.isEmpty ? "\(first),\(number(&self))" : "\(pick(names))-\(pick(names))"
        case 10: return names.isEmpty ? "/\(1 + random(9))" : "\(pick(names))/\(random(4))"
        default: return "\(first),\(number(&self))-\(number(&self)),\(number(&self))"
        }
    }

    private mutating func day() -> String {
        switch random(14) {
        case 0: "L"
        case 1: "LW"
        case 2: "L-\(random(31))"
        case 3: "L-\(random(28))W"
        case 4, 5: "\(1 + random(31))W"
        case 6: "\(1 + random(31))W,\(1 + random(31))"
        case 7: "\(28 + random(4))"
        default: value(1, 31)
        }
    }

    private mutating func weekday() -> String {
        switch random(12) {
        case 0: "\(1 + random(7))L"
        case 1: "\(pick(Self.days))L"
        case 2: "\(random(9))#\(random(7))"
        case 3: "\(pick(Self.days))#\(1 + random(5))"
        case 4: pick(["L", "LW", "MONDAY-FRIDAY", "MON,FRI", "6#3,2", "MON-FRI/2", "SUNDAY", "MO", "2,?", "SAT-MON"])
        default: value(1, 7, Self.days)
        }
    }

    private mutating func year() -> String {
        switch random(6) {
        case 0: "*"
        case 1: "\(1990 + random(60))-\(2000 + random(60))"
        case 2: "*/\(1 + random(6))"
        case 3: "\(2000 + random(150))/\(random(5))"
        case 4: "\(2000 + random(50)),\(2000 + random(50))"
        default: "\(1965 + random(200))"
        }
    }

    private mutating func mangled(_ text: String) -> String {
        var units = Array(text)
        let extra = Array("LW#?*/-,0159MONXé")
        switch random(3) {
        case 0: units.remove(at: random(units.count))
        case 1: units.insert(pick(extra), at: random(units.count))
        default: units[random(units.count)] = pick(extra)
        }
        return String(units)
    }

    private mutating func span() -> (start: Int64, end: String) {
        let start = instant()
        return (start, random(3) == 0 ? "\(start + Int64(random(90_000_000)) * 1000)" : "")
    }

    private mutating func trigger(_ kind: String) -> String {
        let (start, end) = span()
        let after = start - 1000 + Int64(random(2)) * Int64(random(200_000_000)) * 1000 + Int64(random(3) * 250)
        return "\(kind)\t\(start)\t\(end)\t\(beat(kind))\t\(after)"
    }

    /// interval, count or unit, zone, flags
    private mutating func beat(_ kind: String) -> String {
        if kind == "simple" {
            return "\(1 + random(90_000_000))\t\(random(3) == 0 ? -1 : random(50))\tUTC\t"
        }
        let unit = pick(["SECOND", "MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "YEAR"])
        let interval = unit == "SECOND" ? 1 + random(9000) : 1 + random(40)
        return "\(interval)\t\(unit)\t\(pick(Self.zones))\t\(pick(["", "p", "ps", ""]))"
    }

    private mutating func misfire() -> String {
        let kind = pick(["simple", "interval", "cron"])
        let (start, end) = span()
        let now = start + Int64(random(100_000_000)) * 1000
        let code = random(kind == "simple" ? 7 : 4) - 1
        let beat = kind == "cron" ? "0 0/\(1 + random(50)) * * * ?\t\t\(pick(Self.zones))\t" : beat(kind)
        return "\(kind)\t\(start)\t\(end)\t\(beat)\t0\t\(now)\t\(start)\t\(random(3))\t\(code)"
    }
}
