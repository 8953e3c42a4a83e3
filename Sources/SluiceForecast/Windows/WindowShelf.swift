import SluiceModel

/// Windows by id, each with its open occurrences by local time. Looking one up takes logarithmic time; what a write
/// moves is the records behind it, of one window or of the list of windows.
struct WindowShelf: Hashable, Sendable {
    struct Place: Hashable, Sendable {
        var id: WindowID
        /// nil: only its occurrences are known.
        var window: Window?
        /// By local time.
        var occurrences: [WindowOccurrence] = []
    }

    /// By id.
    private(set) var places: [Place] = []

    /// In any order; of two with one name the later stays. Occurrences that are not open are left out.
    init(_ windows: [Window], _ occurrences: [WindowOccurrence]) {
        // In order, each goes to the end: nothing is moved.
        for window in windows.sorted(by: { $0.id < $1.id }) { put(window) }
        for occurrence in occurrences.sorted(by: { ($0.window, $0.wall) < ($1.window, $1.wall) }) { put(occurrence) }
    }

    subscript(_ id: WindowID) -> Place? {
        let index = index(of: id)
        return index < places.count && places[index].id == id ? places[index] : nil
    }

    subscript(_ id: WindowID, wall: Timestamp) -> WindowOccurrence? {
        let at = index(of: id)
        guard at < places.count, places[at].id == id else { return nil }
        let index = places[at].occurrences.firstIndex(notBefore: wall)
        guard index < places[at].occurrences.count, places[at].occurrences[index].wall == wall else { return nil }
        return places[at].occurrences[index]
    }

    mutating func put(_ window: Window) { places[make(window.id)].window = window }

    mutating func remove(_ id: WindowID) {
        let index = index(of: id)
        if index < places.count, places[index].id == id { places.remove(at: index) }
    }

    /// Keeps it, or takes it out once it is not open.
    mutating func put(_ occurrence: WindowOccurrence) {
        let at = make(occurrence.window)
        let index = places[at].occurrences.firstIndex(notBefore: occurrence.wall)
        let isThere =
            index < places[at].occurrences.count && places[at].occurrences[index].wall == occurrence.wall
        switch (isThere, occurrence.isOpen) {
        case (true, true): places[at].occurrences[index] = occurrence
        case (true, false): places[at].occurrences.remove(at: index)
        case (false, true): places[at].occurrences.insert(occurrence, at: index)
        case (false, false): break
        }
    }

    private mutating func make(_ id: WindowID) -> Int {
        let index = index(of: id)
        if index == places.count || places[index].id != id { places.insert(Place(id: id), at: index) }
        return index
    }

    /// Where a window is, or would be.
    private func index(of id: WindowID) -> Int {
        var low = 0
        var high = places.count
        while low < high {
            let middle = (low + high) / 2
            if places[middle].id < id { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension [WindowOccurrence] {
    /// Of a list by local time, the first place that is not before a time.
    fileprivate func firstIndex(notBefore wall: Timestamp) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if self[middle].wall < wall { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
