import Glibc
import SluiceSimulator

/// `sluice-sim`: runs seeds of the simulator, and tells of those that fail.
@main
struct SimulatorProgram {
    static func main() async {
        var arguments = Array(CommandLine.arguments.dropFirst())
        let command: String
        if let first = arguments.first, !first.hasPrefix("-") {
            command = first
            arguments.removeFirst()
        } else {
            command = "run"
        }
        do {
            let options = try Arguments(arguments)
            if options.isHelp {
                print(Arguments.help)
                return
            }
            let isClean: Bool
            switch command {
            case "run": isClean = await SeedRun(options).run()
            case "mutants": isClean = try await MutantRun(options).run()
            default: throw Arguments.Problem("there is no command '\(command)': run, mutants")
            }
            exit(isClean ? 0 : 1)
        } catch let problem as Arguments.Problem {
            complain(problem.text)
            exit(64)
        } catch {
            complain("\(error)")
            exit(70)
        }
    }

    private static func complain(_ text: String) {
        let line = Array("sluice-sim: \(text)\n".utf8)
        _ = write(STDERR_FILENO, line, line.count)
    }
}
