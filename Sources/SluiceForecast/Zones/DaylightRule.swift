import SluiceModel

/// Changes that come back each year: the footer of a zone file (POSIX TZ, with the extensions of RFC 8536).
struct DaylightRule: Hashable, Sendable {
    /// A day of each year and a wall time on it.
    struct Moment: Hashable, Sendable {
        enum Day: Hashable, Sendable {
            /// 1 to 365; 29 February is never counted.
            case julian(Int)
            /// 0 to 365; 29 February is counted.
            case zeroBased(Int)
            /// Week 1 to 5, the last being 5; weekday 0 is Sunday.
            case weekday(month: Int, week: Int, weekday: Int)
        }

        var day: Day
        /// Seconds after midnight; may be negative or beyond a day.
        var time: Int64

        /// As if its wall time were UTC.
        func second(inYear year: Int) -> Int64 {
            let newYear = CivilDate.daysSinceEpoch(year: year, month: 1, day: 1)
            let date: Int64
            switch day {
            case .julian(let number):
                let isLeap = CivilDate.daysInMonth(year: year, month: 2) == 29
                date = newYear + Int64(number - 1 + (isLeap && number >= 60 ? 1 : 0))
            case .zeroBased(let number):
                date = newYear + Int64(number)
            case .weekday(let month, let week, let weekday):
                let first = CivilDate.daysSinceEpoch(year: year, month: month, day: 1)
                let toFirst = (Int64(weekday) - CivilDate.weekday(daysSinceEpoch: first) + 7) % 7
                var day = 1 + toFirst + Int64(week - 1) * 7
                while day > Int64(CivilDate.daysInMonth(year: year, month: month)) { day -= 7 }
                date = first + day - 1
            }
            return date * 86_400 + time
        }
    }

    /// Seconds east of Greenwich.
    var standardOffset: Int64
    var daylightOffset: Int64
    var start: Moment
    var end: Moment

    /// Both changes of a year, in order.
    func changes(inYear year: Int) -> [ZoneChange] {
        let on = ZoneChange(
            instant: start.second(inYear: year) - standardOffset, offsetAfter: daylightOffset)
        let off = ZoneChange(instant: end.second(inYear: year) - daylightOffset, offsetAfter: standardOffset)
        return on.instant < off.instant ? [on, off] : [off, on]
    }

    func span(at second: Int64, offsetBefore: Int64) -> ZoneTable.Span {
        let changes = nearChanges(second)
        let index = changes.firstIndex { $0.instant > second } ?? changes.count - 1
        let offset = changes[index - 1].offsetAfter
        let next = changes[index]
        return ZoneTable.Span(
            offset: offset, end: next.instant, wallEnd: next.instant + min(offset, next.offsetAfter))
    }

    func offset(atWall wall: Int64, offsetBefore: Int64) -> Int64 {
        nearChanges(wall).last { $0.instant + $0.offsetAfter <= wall }?.offsetAfter ?? offsetBefore
    }

    func place(ofWall wall: Int64, offsetBefore: Int64) -> ZoneTable.Place {
        let changes = nearChanges(wall)
        let index = changes.lastIndex { $0.instant + $0.offsetAfter <= wall } ?? 0
        let offset = changes[index].offsetAfter
        var isNearGap = false
        if index > 0 {
            let jump = offset - changes[index - 1].offsetAfter
            let start = changes[index].instant + offset
            isNearGap = jump > 0 && wall < start + CronTimes.reach(ofGap: jump)
        }
        if index + 1 < changes.count, !isNearGap { isNearGap = wall >= changes[index + 1].instant + offset }
        return ZoneTable.Place(offset: offset, isNearGap: isNearGap)
    }

    /// The changes of the year of a second and of two years on each side.
    private func nearChanges(_ second: Int64) -> [ZoneChange] {
        let year = CivilDate.year(ofSecond: second)
        return (year - 2...year + 2).flatMap { changes(inYear: $0) }
    }
}

extension CivilDate {
    /// 0 is Sunday.
    static func weekday(daysSinceEpoch days: Int64) -> Int64 {
        let weekday = (days + 4) % 7
        return weekday < 0 ? weekday + 7 : weekday
    }
}
