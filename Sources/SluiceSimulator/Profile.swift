/// What goes wrong in a run, and how often: some seeds are calm, some are storms.
public struct Profile: Sendable {
    /// The kinds of runs, drawn by the seed unless one is named.
    public enum Name: String, Sendable, CaseIterable {
        /// Nothing fails; only the order of things is left to chance.
        case calm
        /// A commit or an answer is lost now and then, and clocks differ.
        case ordinary
        /// Replicas crash and freeze, at any effect.
        case crashes
        /// Central is slow or down, refuses, starts late, lists late and forgets.
        case central
        /// The store fails, fills up, and loses acknowledgements.
        case disk
        /// Three replicas share the store; they freeze, crash, and lose what they send.
        case replicas
        /// Everything at once.
        case storm
    }

    /// One kind of fault; a shrunk run leaves some of them out.
    public enum Fault: String, Sendable, CaseIterable {
        case crash
        case freeze
        case clockStep = "clock-step"
        case commitLost = "commit-lost"
        case acknowledgementLost = "acknowledgement-lost"
        case readFailed = "read-failed"
        case storeSlow = "store-slow"
        case storeDown = "store-down"
        case diskFull = "disk-full"
        case answerLost = "answer-lost"
        case answerDuplicated = "answer-duplicated"
        case centralDown = "central-down"
        case centralSlow = "central-slow"
        case centralRefuses = "central-refuses"
        case centralUnseen = "central-unseen"
        case centralLate = "central-late"
        case listingLate = "listing-late"
        case listingPurged = "listing-purged"
        case askerGone = "asker-gone"
    }

    public let name: Name
    /// Chances in a thousand, at each place where it could happen; for crashes, freezes, outages and steps at each
    /// turn of the fault injector (about every three seconds of a run).
    var permille: [Int]
    /// Times that operators interfere with the gate, in a thousand turns.
    var operatorPermille = 500
    /// Most scheduler steps before faults are turned off and all must come to its end.
    var stepCount = 1100
    /// Launches that somebody wants in all.
    var errandCount = 26
    var replicaCount = 1

    func permille(_ fault: Fault) -> Int { permille[fault.index] }

    mutating func turnOff(_ fault: Fault) { permille[fault.index] = 0 }

    mutating func turnAllOff() {
        for index in permille.indices { permille[index] = 0 }
    }

    init(_ name: Name, seed: UInt64) {
        self.name = name
        permille = [Int](repeating: 0, count: Fault.allCases.count)
        var chance = Chance(seed: seed ^ 0xF0F0)
        for fault in Fault.allCases { permille[fault.index] = rate(of: fault, &chance) }
        if name == .replicas {
            replicaCount = 3
            stepCount = 2200
        }
    }

    /// The profile of a seed, if none is named.
    static func name(of seed: UInt64) -> Name { Name.allCases[Int(seed % UInt64(Name.allCases.count))] }

    private func rate(of fault: Fault, _ chance: inout Chance) -> Int {
        let worst: Int
        switch fault {
        case .crash: worst = 160
        case .freeze: worst = 200
        case .clockStep: worst = 150
        case .commitLost: worst = 120
        case .acknowledgementLost: worst = 120
        case .readFailed: worst = 80
        case .storeSlow: worst = 60
        case .storeDown, .diskFull: worst = 100
        case .answerLost: worst = 150
        case .answerDuplicated: worst = 150
        case .centralDown, .centralSlow: worst = 120
        case .centralRefuses: worst = 150
        case .centralUnseen, .centralLate: worst = 200
        case .listingLate, .listingPurged: worst = 250
        case .askerGone: worst = 60
        }
        let share = chance.among(0...100)
        switch (name, fault.family) {
        case (.calm, _): return 0
        case (.ordinary, _): return worst * share / 800
        case (.storm, _): return worst * (share + 20) / 120
        case (.replicas, .store): return worst * share / 250
        case (.crashes, .process), (.central, .central), (.disk, .store), (.replicas, .process):
            return worst * (share + 50) / 150
        default: return share < 50 ? 0 : worst * share / 1000
        }
    }
}

extension Profile.Fault {
    enum Family { case process, store, central, network }

    var index: Int {
        switch self {
        case .crash: 0
        case .freeze: 1
        case .clockStep: 2
        case .commitLost: 3
        case .acknowledgementLost: 4
        case .readFailed: 5
        case .storeDown: 6
        case .diskFull: 7
        case .answerLost: 8
        case .answerDuplicated: 9
        case .centralDown: 10
        case .centralSlow: 11
        case .centralRefuses: 12
        case .centralUnseen: 13
        case .centralLate: 14
        case .listingLate: 15
        case .listingPurged: 16
        case .askerGone: 17
        case .storeSlow: 18
        }
    }

    var family: Family {
        switch self {
        case .crash, .freeze, .clockStep: .process
        case .commitLost, .acknowledgementLost, .readFailed, .storeSlow, .storeDown, .diskFull:
            .store
        case .centralDown, .centralSlow, .centralRefuses, .centralUnseen, .centralLate, .listingLate, .listingPurged:
            .central
        case .answerLost, .answerDuplicated, .askerGone: .network
        }
    }
}
