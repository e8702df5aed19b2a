import Specification
import Testing

@testable import Batch

@Suite("A job asks for what its pictures need, and names survive the engine's own language")
struct JobTests {
    private func job(inputs: [String] = ["in"], shards: Int = 9) -> Job {
        var sample = JobSample.empty
        sample.inputs = 90_000
        sample.headers = 2000
        sample.bytesAlone = 100 << 20
        sample.bytesTogether = 300 << 20
        sample.secondsPerPicture = 0.9
        return Job(
            program: "/usr/bin/svertka", pipeline: "it's.json", pipelineName: "It's: 7×7 (sharp)", inputs: inputs,
            listOptions: [], output: "out", folder: "/data/out.job", workingFolder: "/data", shards: shards, cpus: 4,
            resources: JobResources(sample, shards: shards, cpus: 4), image: "svertka:1", volumes: [], queue: "q")
    }

    @Test func memoryAndTime() {
        let resources = job().resources
        // Four pictures of 100 MiB need more than one of 300; half as much again, in steps of 64.
        #expect(resources.pictureMebibytes == 640 && resources.mebibytes == 768)
        // 90,000 pictures of 0.9 s, on nine tasks of four processors: 2,250 s; four times that.
        #expect(resources.minutes == 150)
        #expect(JobResources(.empty, shards: 9, cpus: 4).minutes == 24 * 60)
    }

    @Test func names() {
        #expect(job().name == "svertka-it-s-7-7-sharp")
    }

    @Test(arguments: ["plain.png", "", "two words", "it's", "$HOME `x` \"q\" \\", "-rf", "a\nb", "ü"])
    func wordsOfTheShell(_ word: String) throws {
        let quoted = ShellText.quoted(word)
        if word == "plain.png" { #expect(quoted == word) }
        #expect(try Shell.output(of: "printf %s " + quoted) == word)
    }

    @Test func slurm() throws {
        let text = job(inputs: ["-a b", "c'd"]).files(for: .slurm)[0].text
        for line in [
            "#SBATCH --array=0-8", "#SBATCH --cpus-per-task=4", "#SBATCH --mem=768M", "#SBATCH --time=2:30:00",
            "#SBATCH --requeue", "#SBATCH --chdir=/data",
        ] {
            #expect(text.split(separator: "\n").contains(line[...]), "\(line) in\n\(text)")
        }
        // What the task would call.
        let call = try #require(text.range(of: "exec ")).upperBound
        let words = try Shell.output(
            of: "SLURM_ARRAY_TASK_ID=3 SLURM_JOB_ID=77; set -- " + text[call...] + "\nprintf '%s|' \"$@\"")
        #expect(
            words == "/usr/bin/svertka|run|it's.json|--output|out|--on-conflict|skip|--jobs|4|--memory|640MiB|"
                + "--shard|3/9|--report|/data/out.job/shard-3.77.0.jsonl|--|-a b|c'd|")
    }

    @Test func awsBatch() throws {
        let files = job().files(for: .awsBatch)
        #expect(files.map(\.name) == ["job-definition.json", "submit-job.json"])
        var diagnostics = Diagnostics(source: SourceText(file: "x", bytes: Array(files[1].text.utf8)))
        let submission = JSONReader.read(diagnostics.source, into: &diagnostics)
        #expect(submission?["arrayProperties"]?["size"]?.integer == 9)
        diagnostics = Diagnostics(source: SourceText(file: "x", bytes: Array(files[0].text.utf8)))
        let definition = JSONReader.read(diagnostics.source, into: &diagnostics)?["containerProperties"]
        let needs = definition?["resourceRequirements"]?.array ?? []
        #expect(needs.compactMap { $0["value"]?.string } == ["4", "768"])
        #expect(definition?["command"]?.array?.last?.string?.contains("'it'\\''s.json'") == true)
    }

    @Test func kubernetes() {
        let text = job(inputs: ["$(HOME) \"x\""]).files(for: .kubernetes)[0].text
        #expect(text.contains("completionMode: Indexed") && text.contains("completions: 9"))
        #expect(text.contains(#"- "$$(HOME) \"x\"""#))
        #expect(text.contains("memory: 768Mi") && text.contains("activeDeadlineSeconds: 9000"))
    }
}
