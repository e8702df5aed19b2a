import ArgumentParser
import Batch
import Foundation
import Glibc
import Pipelines
import Specification

struct SubmitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "submit",
        abstract: "Write a job that runs a batch on many machines, and submit it.",
        discussion: """
            The job lies in a folder beside the output folder (--job), with its logs and reports. It asks for memory and
            time by what the pictures are predicted to need; everything in it is meant to be read and edited.

            svertka submit --engine slurm pipeline.json pictures --output out --shards 9
            svertka submit --engine kubernetes pipeline.json pictures --output out --shards 9 --dry-run
            """)

    @Option(help: "What runs the job: slurm, kubernetes or aws-batch.")
    var engine: Engine

    enum Engine: String, ExpressibleByArgument, CaseIterable {
        case slurm, kubernetes
        case awsBatch = "aws-batch"
    }

    @Argument(help: "The pipeline.")
    var pipeline: String

    @OptionGroup
    var inputs: InputArguments

    @Option(help: "The folder that the results go to.")
    var output: PathArgument

    @Option(help: "How many tasks the batch is divided into.")
    var shards: Int

    @Option(help: "Processors of a task.")
    var cpus: Int = 1

    @Option(help: "The folder for the job, its logs and reports; by default that of the output with .job behind it.")
    var job: PathArgument?

    @Option(help: "kubernetes and aws-batch: the container image that has svertka.")
    var image: String = "svertka:\(Version.text)"

    @Option(
        help: """
            kubernetes and aws-batch: NAME:PATH, a claim, a file system (fs-…) or a folder of the host, and where it is \
            mounted; may be given several times. By default the folder where svertka is started.
            """)
    var volume: [String] = []

    @Option(help: "aws-batch: the job queue.")
    var queue: String = "svertka"

    @Flag(help: "Print the job and submit nothing; no file is written.")
    var dryRun = false

    func validate() throws {
        // AWS Batch takes arrays of 2 to 10,000; Slurm's own limit is 1,001 by default, and says so itself.
        let allowed = engine == .awsBatch ? 2...10_000 : 1...100_000
        guard allowed.contains(shards) else {
            throw ValidationError(
                "--shards is \(shards); \(engine.rawValue) takes \(allowed.lowerBound) to \(allowed.upperBound).")
        }
        if !(1...1024).contains(cpus) { throw ValidationError("--cpus is \(cpus); allowed are 1 to 1024.") }
        if !inputs.isRepeatable { throw ValidationError("--files-from has to be a file that all machines see.") }
        for text in volume where Job.Volume(text) == nil {
            throw ValidationError("--volume is \(text); expected NAME:PATH with an absolute path.")
        }
        for path in [output] + inputs.inputs + inputs.base + (job.map { [$0] } ?? [])
        where String(validating: path.bytes, as: UTF8.self) == nil {
            throw ValidationError(
                "\(path.printable) is not UTF-8, which a job's text has to be; list it in --files-from.")
        }
    }

    func run() throws {
        let engine = Job.Engine(rawValue: engine.rawValue)!
        let job = try makeJob(try PipelineFile.load(pipeline))
        Terminal.say("memory of a task: \(job.resources.mebibytes) MiB: \(job.resources.memoryReason)")
        Terminal.say("time of a task: \(job.resources.minutes) minutes: \(job.resources.timeReason)")
        let files = job.files(for: engine)
        if dryRun {
            for file in files { Terminal.write(file.text, to: 1) }
            return
        }
        for file in files { try write(file, in: job.folder) }
        try submit(job, engine)
        Terminal.say("to see how it goes:")
        for line in job.following(for: engine) { Terminal.say("    \(line)") }
    }

    private func makeJob(_ pipeline: Pipeline) throws -> Job {
        let folder = FileManager.default.currentDirectoryPath
        let output = text(output)
        let jobFolder = job.map(text) ?? output.drop(trailing: "/") + ".job"
        let sample = JobSample(pipeline, walk: try inputs.walk(), cpus: cpus)
        return Job(
            program: (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "svertka",
            pipeline: self.pipeline, pipelineName: pipeline.name, inputs: inputs.inputs.map(text),
            listOptions: inputs.listOptions,
            output: output, folder: jobFolder.hasPrefix("/") ? jobFolder : folder + "/" + jobFolder,
            workingFolder: folder, shards: shards, cpus: cpus,
            resources: JobResources(sample, shards: shards, cpus: cpus), image: image,
            volumes: volume.compactMap(Job.Volume.init), queue: queue)
    }

    private func text(_ path: PathArgument) -> String { String(decoding: path.bytes, as: UTF8.self) }

    private func write(_ file: JobFile, in folder: String) throws {
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try Data(file.text.utf8).write(to: URL(filePath: folder + "/" + file.name))
            Terminal.say("wrote \(folder)/\(file.name)")
        } catch {
            Terminal.say("\(folder)/\(file.name): \(error.localizedDescription)")
            throw ExitStatus.environment.error
        }
    }

    private func submit(_ job: Job, _ engine: Job.Engine) throws {
        for command in job.submission(for: engine) {
            let line = command.map(ShellText.quoted).joined(separator: " ")
            guard let tool = Self.find(command[0]) else {
                Terminal.say("\(command[0]) is not here; where it is:\n    \(line)")
                continue
            }
            let process = Process()
            process.executableURL = URL(filePath: tool)
            process.arguments = Array(command.dropFirst())
            do {
                try process.run()
            } catch {
                Terminal.say("\(tool): \(error.localizedDescription)")
                throw ExitStatus.environment.error
            }
            process.waitUntilExit()
            guard process.terminationStatus == 0 else {
                Terminal.say("\(command[0]) did not take the job; once it can:\n    \(line)")
                throw ExitStatus.environment.error
            }
        }
    }

    private static func find(_ name: String) -> String? {
        let folders = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":") ?? []
        return folders.map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
    }
}

extension String {
    fileprivate func drop(trailing character: Character) -> String {
        var text = self
        while text.last == character, text.count > 1 { text.removeLast() }
        return text
    }
}
