import ArgumentParser
import Glibc
import Processor

@main
struct Svertka: AsyncParsableCommand {
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

    static func main() async {
        guard InstructionLevel.isSupported else {
            Terminal.say("svertka: this processor lacks AVX2 and FMA (x86-64-v3), which svertka is built for")
            ExitStatus.environment.leave()
        }
        // A reader that went away shows as an error of the write, not as the end of the program.
        signal(SIGPIPE, SIG_IGN)
        await main(PathArgument.commandLine)
    }
}
