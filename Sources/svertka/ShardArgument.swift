import ArgumentParser
import Batch
import Foundation

/// `--shard I/N`, or `none`.
struct ShardArgument: ExpressibleByArgument {
    /// nil for `none`.
    let share: Share?

    init?(argument: String) {
        if argument == "none" {
            share = nil
        } else if let share = Share(argument) {
            self.share = share
        } else {
            return nil
        }
    }

    static var allValueStrings: [String] { ["I/N with I from 0 to N-1, such as 0/4", "none"] }

    /// The share of this process, by the option or by its environment; says which it is.
    static func share(_ option: ShardArgument?) throws -> Share? {
        if let option {
            if let share = option.share { Terminal.say("shard \(share.text), as --shard says") }
            return option.share
        }
        do throws(ArrayTask.Fault) {
            guard let task = try ArrayTask(environment: ProcessInfo.processInfo.environment) else { return nil }
            Terminal.say("shard \(task.share.text), as \(task.origin) says; --shard none takes all inputs")
            return task.share
        } catch {
            Terminal.say("\(error.message)\nhint: \(ArrayTask.Fault.hint)")
            throw ExitStatus.usage.error
        }
    }
}
