/// What to know about who asks the gate, in sentences.
enum AskingNotes {
    /// - Parameter askings: Of each schedule that launches.
    static func of(_ askings: [Asking]) -> [String] {
        Asking.allCases.compactMap { asking in
            let count = askings.count { $0 == asking }
            return count > 0 ? sentence(asking, count) : nil
        }
    }

    private static func sentence(_ asking: Asking, _ count: Int) -> String? {
        let schedules = count == 1 ? "1 schedule" : "\(count) schedules"
        switch asking {
        case .scheduler: return "Of \(schedules) of files it is assumed that their scheduler asks the gate."
        case .flow: return nil
        case .nobody:
            return
                "\(schedules) of Central run all the same: Central launches without asking, their flows are not known "
                + "to be gated, and they are not frozen. Freeze them, or gate their flows and load the content packs."
        case .frozen:
            return
                "\(schedules) of Central are frozen by Sluice now and count as enabled: their times are missed until "
                + "the thaw, and their policies decide on them."
        }
    }
}
