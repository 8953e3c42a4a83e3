import SluiceContent
import SluiceForecast
import SluiceModel

/// Our side of `make differential` and of the bench of next times: asks the questions and answers them, one a line.
@main
enum SchedulePeer {
    static func main() {
        let arguments = CommandLine.arguments.dropFirst()
        switch arguments.first {
        case "ask":
            var questions = Questions(seed: arguments.dropFirst().first.flatMap { UInt64($0) } ?? 1)
            let count = arguments.dropFirst(2).first.flatMap { Int($0) } ?? 1000
            for id in 0..<count { print(questions.next(id)) }
        case "answer":
            while let line = readLine() { print(Answers.answer(line)) }
        case "zones":
            while let zone = readLine() { ZoneSums.print(of: zone) }
        case "bench":
            BenchRound.run(seconds: arguments.dropFirst().first.flatMap { Int($0) } ?? 3)
        default:
            print("usage: schedule-peer ask SEED COUNT | answer | zones | bench SECONDS")
        }
    }
}
