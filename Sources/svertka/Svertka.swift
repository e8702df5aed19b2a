import ArgumentParser
import CLinux
import Glibc
import Processor

@main
struct Svertka: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "svertka",
        abstract: "Run pictures through pipelines of convolutions, point functions and networks.",
        discussion: """
            A pipeline is a JSON file: what is done to each picture, step by step. `svertka run` takes files and folders
            through one, `svertka serve` watches folders and does the same with everything that is dropped there.
            """,
        version: Version.text,
        subcommands: [
            RunCommand.self,
            SubmitCommand.self,
            MergeCommand.self,
            ServeCommand.self,
            OnceCommand.self,
            StatusCommand.self,
            WhyCommand.self,
            RetryCommand.self,
            HistoryCommand.self,
            CheckCommand.self,
            ExplainCommand.self,
            PreviewCommand.self,
            DiffCommand.self,
            BenchCommand.self,
            SchemaCommand.self,
            StepsCommand.self,
            ReferenceCommand.self,
            ModelCommand.self,
        ])

    // Nothing here is asynchronous: a command on the runtime's own pool of threads would have that pool watch it, once a
    // second, and end the process when it cannot.
    static func main() {
        guard InstructionLevel.isSupported else {
            Terminal.say("svertka: this processor lacks AVX2 and FMA (x86-64-v3), which svertka is built for")
            ExitStatus.environment.leave()
        }
        // Whoever started the program may have had signals blocked, and the program inherits that.
        var all = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_UNBLOCK, &all, nil)
        // A reader that went away shows as an error of the write, not as the end of the program.
        signal(SIGPIPE, SIG_IGN)
        clinux_return_large_memory(1 << 20)
        let words = PathArgument.commandLine
        if words.count > 1, words[0].hasSuffix(".json") {
            Terminal.say(
                "\(words[0]) is no command; did you mean svertka run \(words.joined(separator: " ")) --output DIR?")
            ExitStatus.usage.leave()
        }
        main(words)
    }
}
