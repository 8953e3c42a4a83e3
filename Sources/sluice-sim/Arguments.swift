import SluiceSimulator

/// What the command line says.
struct Arguments {
    var simulation = Simulation()
    /// nil: as many as the command thinks right.
    var seedCount: Int?
    /// One mutant alone.
    var mutant: String?
    var firstSeed: UInt64 = 1
    /// One seed alone.
    var seed: UInt64?
    var isTracing = false
    var isHelp = false
    var isShrinking = true
    var threadCount = 2
    /// Events of a failing run that are printed.
    var eventCount = 50
    /// Failing seeds that are told of in full.
    var reportCount = 3

    struct Problem: Error {
        var text: String

        init(_ text: String) { self.text = text }
    }

    static let help = """
        sluice-sim: a seeded world around the machines that decide, and checkers of what they promise.

        sluice-sim [run] [options]     runs seeds; tells of those that break a promise; exit code 1 if any does
        sluice-sim mutants [options]   plants each known bug in turn and runs seeds until a checker sees it
                                       (built with SLUICE_MUTANTS=1)

        --seeds N          how many seeds (1000); for mutants at most for each (10000)
        --from N           the first seed (1)
        --seed N           this one alone
        --only NAME        this mutant alone
        --trace            print its events
        --events N         how many of a failing one's last events are printed (50)
        --threads N        seeds run at once (2)
        --profile NAME     calm, ordinary, crashes, central, disk, replicas, storm; else each seed draws its own
        --without A,B      leave out these faults
        --unattended       no operator touches the gate or the holds
        --launches N       how many launches are asked for
        --steps N          steps before faults end and everything must come to its end
        --replicas N       how many replicas
        --no-shrink        tell of a failing seed as it is, not of a smaller run that fails the same way

        Example: sluice-sim --seeds 100000 --threads 2
        """

    init(_ words: [String]) throws {
        var rest = words[...]
        func next(_ option: String) throws -> String {
            guard let word = rest.popFirst() else { throw Problem("\(option) needs a value") }
            return word
        }
        func number<Value: FixedWidthInteger>(_ option: String, atLeast low: Value) throws -> Value {
            let word = try next(option)
            guard let value = Value(word), value >= low else {
                throw Problem("\(option) is '\(word)'; it takes a number from \(low)")
            }
            return value
        }
        while let word = rest.popFirst() {
            switch word {
            case "--help", "-h": isHelp = true
            case "--seeds": seedCount = try number(word, atLeast: 1)
            case "--from": firstSeed = try number(word, atLeast: 0)
            case "--seed": seed = try number(word, atLeast: 0)
            case "--only": mutant = try next(word)
            case "--trace": isTracing = true
            case "--events": eventCount = try number(word, atLeast: 1)
            case "--threads": threadCount = try number(word, atLeast: 1)
            case "--profile":
                let name = try next(word)
                guard let profile = Profile.Name(rawValue: name) else {
                    throw Problem(
                        "there is no profile '\(name)': "
                            + Profile.Name.allCases.map(\.rawValue).joined(separator: ", "))
                }
                simulation.options.profile = profile
            case "--without":
                for name in try next(word).split(separator: ",") {
                    guard let fault = Profile.Fault(rawValue: String(name)) else {
                        throw Problem(
                            "there is no fault '\(name)': "
                                + Profile.Fault.allCases.map(\.rawValue).joined(separator: ", "))
                    }
                    simulation.options.without.insert(fault)
                }
            case "--unattended": simulation.options.isUnattended = true
            case "--launches": simulation.options.errandCount = try number(word, atLeast: 1)
            case "--steps": simulation.options.stepCount = try number(word, atLeast: 1)
            case "--replicas": simulation.options.replicaCount = try number(word, atLeast: 1)
            case "--no-shrink": isShrinking = false
            default: throw Problem("there is no option '\(word)'; --help tells which there are")
            }
        }
    }
}
