extension JavaZoneName {
    /// Three letters that Java keeps apart from the regions (`ZoneInfoFile`'s old mapping, OpenJDK 17).
    static let oldNames: [(name: String, region: String)] = [
        ("ACT", "Australia/Darwin"), ("AET", "Australia/Sydney"), ("AGT", "America/Argentina/Buenos_Aires"),
        ("ART", "Africa/Cairo"), ("AST", "America/Anchorage"), ("BET", "America/Sao_Paulo"), ("BST", "Asia/Dhaka"),
        ("CAT", "Africa/Harare"), ("CNT", "America/St_Johns"), ("CST", "America/Chicago"), ("CTT", "Asia/Shanghai"),
        ("EAT", "Africa/Addis_Ababa"), ("ECT", "Europe/Paris"), ("IET", "America/Indiana/Indianapolis"),
        ("IST", "Asia/Kolkata"), ("JST", "Asia/Tokyo"), ("MIT", "Pacific/Apia"), ("NET", "Asia/Yerevan"),
        ("NST", "Pacific/Auckland"), ("PLT", "Asia/Karachi"), ("PNT", "America/Phoenix"),
        ("PRT", "America/Puerto_Rico"), ("PST", "America/Los_Angeles"), ("SST", "Pacific/Guadalcanal"),
        ("VST", "Asia/Ho_Chi_Minh"),
        // Links since IANA's 2024b; a system's file of that name may still be the older zone.
        ("CET", "Europe/Brussels"), ("EET", "Europe/Athens"), ("MET", "Europe/Brussels"), ("WET", "Europe/Lisbon"),
    ]

    /// Abbreviations without summer time, although IANA's files of the same name may be links to regions.
    static let fixedHours: [(name: String, hours: Int)] = [
        ("EST", -5), ("MST", -7), ("HST", -10), ("SystemV/AST4", -4), ("SystemV/EST5", -5), ("SystemV/CST6", -6),
        ("SystemV/MST7", -7), ("SystemV/PST8", -8), ("SystemV/YST9", -9), ("SystemV/HST10", -10),
    ]

    static let systemVHours: [(name: String, hours: Int)] = [
        ("SystemV/AST4ADT", -4), ("SystemV/EST5EDT", -5), ("SystemV/CST6CDT", -6), ("SystemV/MST7MDT", -7),
        ("SystemV/PST8PDT", -8), ("SystemV/YST9YDT", -9),
    ]

    /// Zone files of a Linux system that are no ids for Java.
    static let unknownFiles: Set<String> = ["ROC", "Factory", "localtime", "posixrules"]
}

extension TimeZoneRules {
    /// The zone of a name that needs no file; nil for a region.
    public init?(withoutFile name: JavaZoneName, identifier: String) {
        switch name {
        case .region: return nil
        case .fixed(let fixed, let offset): self.init(identifier: fixed, fixedOffsetSeconds: offset)
        case .systemV(let offset):
            let sunday = { (month: Int) in
                DaylightRule.Moment(day: .weekday(month: month, week: 5, weekday: 0), time: 7200)
            }
            let rule = DaylightRule(
                standardOffset: Int64(offset), daylightOffset: Int64(offset) + 3600, start: sunday(4), end: sunday(10))
            self.init(identifier: identifier, table: ZoneTable(firstOffset: Int64(offset), rule: rule))
        }
    }
}
