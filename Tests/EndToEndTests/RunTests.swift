import Foundation
import Testing

@Suite("svertka run takes files and folders through a pipeline")
struct RunTests {
    let folder = try! Folder()

    @Test func filesAndFoldersKeepTheirNames() throws {
        try folder.write("one.jpg", Pictures.jpeg)
        try folder.write("album/two.png", Pictures.png)
        try folder.write("album/deep/er/three.PNG", Pictures.png)
        try folder.write("album/notes.txt", "not a picture")
        let result = try Program.svertka.run(
            "run", Checkout.pipeline("edges"), "one.jpg", "album", "--output", "out", in: folder)
        #expect(result.status == 0, "\(result.errors)")
        #expect(folder.names(in: "out") == ["deep/er/three.PNG", "one.jpg", "two.png"])
        #expect(result.output.isEmpty)
        #expect(result.errors.contains("3 done"))
    }

    @Test func resultsAreTheSameForAnyNumberOfJobs() throws {
        for number in 0..<6 { try folder.write("in/\(number).png", Pictures.png(number)) }
        for jobs in ["1", "2", "8"] {
            let result = try Program.svertka.run(
                "run", Checkout.pipeline("denoise-sharpen"), "in", "--output", "out" + jobs, "--jobs", jobs,
                in: folder)
            #expect(result.status == 0, "\(result.errors)")
        }
        for number in 0..<6 {
            let one = try folder.data("out1/\(number).png")
            #expect(try folder.data("out2/\(number).png") == one)
            #expect(try folder.data("out8/\(number).png") == one)
        }
    }

    /// Each broken input is told by its name, costs itself alone, and leaves nothing in the output folder.
    @Test func brokenInputsAreToldAndStopNothing() throws {
        try folder.write("in/good.png", Pictures.png)
        try folder.write("in/text.jpg", "This is no picture.")
        try folder.write("in/empty.png", Data())
        try folder.write("in/truncated.jpg", Pictures.jpeg.prefix(Pictures.jpeg.count / 2))
        try folder.write("in/truncated.png", Pictures.png.prefix(Pictures.png.count / 2))
        try folder.write("in/good too.jpg", Pictures.jpeg)
        try folder.write("elsewhere.png", Pictures.png)
        mkfifo(folder.path + "/in/pipe.png", 0o600)
        symlink("../elsewhere.png", folder.path + "/in/link.png")
        symlink("nowhere", folder.path + "/in/dangling.png")
        let result = try Program.svertka.run(
            "run", Checkout.pipeline("blur"), "in", "--output", "out", "--report", "report.jsonl", in: folder)
        #expect(result.status == 1)
        #expect(folder.names(in: "out") == ["good too.jpg", "good.png"])
        for name in ["text.jpg", "empty.png", "truncated.jpg", "truncated.png"] {
            let lines = result.errors.split(separator: "\n").filter { $0.contains("in/\(name): ") }
            #expect(lines.count == 1, "\(name) in\n\(result.errors)")
        }
        #expect(result.errors.contains("2 done, 4 failed"))

        let report = try Self.report(try folder.text("report.jsonl"))
        #expect(report.count == 6)
        let failed = report.filter { $0["status"] as? String == "failed" }
        #expect(failed.count == 4)
        for line in failed {
            #expect(line["code"] is String && line["message"] is String && line["class"] as? String == "permanent")
        }
    }

    @Test func inputsThatAreNoFilesAreToldWhenTheyAreNamed() throws {
        mkfifo(folder.path + "/pipe.png", 0o600)
        try folder.write("good.png", Pictures.png)
        let result = try Program.svertka.run(
            "run", Checkout.pipeline("blur"), "pipe.png", "missing.png", "good.png", "--output", "out", in: folder)
        #expect(result.status == 1)
        #expect(result.errors.contains("pipe.png: ") && result.errors.contains("missing.png: "))
        #expect(folder.names(in: "out") == ["good.png"])
    }

    /// Names are bytes: with a newline, not UTF-8, as long as the file system allows, quotes, a leading hyphen.
    static let strangeNames: [[UInt8]] = [
        Array("line\nbreak.png".utf8), [0xFF, 0xFE, 0x80] + Array(".png".utf8),
        [UInt8](repeating: UInt8(ascii: "n"), count: 251) + Array(".png".utf8),
        [UInt8](repeating: 0xE4, count: 251) + Array(".png".utf8), Array("-rf.png".utf8),
        Array("a \"b\" 'c' $d `e`.png".utf8), Array("%n%s.png".utf8), Array("свёртка.png".utf8),
    ]

    @Test func namesAreBytes() throws {
        try folder.makeFolder("in")
        for name in Self.strangeNames { try folder.write(bytes: Array("in/".utf8) + name, Pictures.png) }
        let result = try Program.svertka.run(
            "run", Checkout.pipeline("gray"), "in", "--output", "out", in: folder)
        #expect(result.status == 0, "\(result.errors)")
        #expect(folder.files(in: "out") == folder.files(in: "in"))
    }

    @Test func namesOnTheCommandLineAreBytes() throws {
        for name in Self.strangeNames { try folder.write(bytes: name, Pictures.png) }
        let arguments = ["run", Checkout.pipeline("gray"), "--output", "out", "--"].map { Array($0.utf8) }
        let result = try Program.svertka.start(arguments + Self.strangeNames, in: folder).wait()
        #expect(result.status == 0, "\(result.errors)")
        #expect(folder.files(in: "out").count == Self.strangeNames.count)
    }

    /// The name of a failed file is told in one line that does no harm to a terminal.
    @Test func strangeNamesAreToldReadably() throws {
        try folder.makeFolder("in")
        try folder.write(bytes: Array("in/a\nb\u{1B}[31m.png".utf8), Data("no picture".utf8))
        let result = try Program.svertka.run("run", Checkout.pipeline("gray"), "in", "--output", "out", in: folder)
        #expect(result.status == 1)
        #expect(!result.errors.contains("\u{1B}"))
        #expect(result.errors.split(separator: "\n").count == 2, "\(result.errors)")
    }

    @Test func aTakenNameIsAConflict() throws {
        try folder.write("in/a.png", Pictures.png(1))
        func run(_ policy: String) throws -> Program.Result {
            try Program.svertka.run(
                "run", Checkout.pipeline("blur"), "in", "--output", "out", "--on-conflict", policy, in: folder)
        }
        #expect(try run("fail").status == 0)
        let first = try folder.data("out/a.png")
        // The same result again is no conflict.
        #expect(try run("fail").status == 0)

        try folder.write("in/a.png", Pictures.png(2))
        let failed = try run("fail")
        #expect(failed.status == 1 && failed.errors.contains("in/a.png: "), "\(failed.errors)")
        #expect(try run("skip").status == 0)
        #expect(try folder.data("out/a.png") == first && folder.names(in: "out") == ["a.png"])
        #expect(try run("number").status == 0)
        #expect(try folder.data("out/a.png") == first && folder.names(in: "out").count == 2)
        #expect(try run("replace").status == 0)
        #expect(try folder.data("out/a.png") != first)
    }

    @Test func listsOfFilesAreReadFromStandardInput() throws {
        try folder.write("in/a.png", Pictures.png(1))
        try folder.write("in/b/c.png", Pictures.png(2))
        try folder.write("in/left-out.png", Pictures.png(3))
        let result = try Program.svertka.run(
            "run", Checkout.pipeline("blur"), "--files-from", "-", "--output", "out", in: folder,
            input: "in/a.png\nin/b/c.png\n")
        #expect(result.status == 0, "\(result.errors)")
        #expect(folder.names(in: "out") == ["in/a.png", "in/b/c.png"])
    }

    @Test func sharesMakeTheWholeTogether() throws {
        for number in 0..<12 { try folder.write("in/\(number).png", Pictures.png) }
        for share in 0..<3 {
            let result = try Program.svertka.run(
                "run", Checkout.pipeline("blur"), "in", "--output", "out", "--shard", "\(share)/3", in: folder)
            #expect(result.status == 0, "\(result.errors)")
        }
        #expect(folder.names(in: "out") == folder.names(in: "in"))
    }

    @Test func theShareComesFromTheEnvironment() throws {
        for number in 0..<12 { try folder.write("in/\(number).png", Pictures.png) }
        for index in 0..<3 {
            let result = try Program.svertka.run(
                "run", Checkout.pipeline("blur"), "in", "--output", "out", "--report", "reports/\(index).jsonl",
                in: folder, environment: ["JOB_COMPLETION_INDEX": "\(index)", "JOB_COMPLETIONS": "3"])
            #expect(result.status == 0, "\(result.errors)")
            let first = result.errors.split(separator: "\n").first ?? ""
            #expect(first.contains("shard \(index)/3") && first.contains("JOB_COMPLETION_INDEX=\(index)"))
        }
        #expect(folder.names(in: "out") == folder.names(in: "in"))
        let merged = try Program.svertka.run(
            "merge", "reports/0.jsonl", "reports/1.jsonl", "reports/2.jsonl", in: folder)
        #expect(merged.status == 0 && merged.output.contains("12 done; 3 of 3 shards ended"), "\(merged.output)")
        let part = try Program.svertka.run("merge", "reports/0.jsonl", "reports/2.jsonl", in: folder)
        #expect(part.status == 4 && part.output.contains("missing shards: 1"), "\(part.output)")

        let all = try Program.svertka.run(
            "run", Checkout.pipeline("blur"), "in", "--output", "all", "--shard", "none", in: folder,
            environment: ["JOB_COMPLETION_INDEX": "0", "JOB_COMPLETIONS": "3"])
        #expect(all.status == 0 && folder.names(in: "all").count == 12)
        let broken = try Program.svertka.run(
            "run", Checkout.pipeline("blur"), "in", "--output", "none", in: folder,
            environment: ["JOB_COMPLETION_INDEX": "3", "JOB_COMPLETIONS": "3"])
        #expect(broken.status == 64 && broken.errors.contains("--shard none"), "\(broken.errors)")
        #expect(!folder.exists("none"))
    }

    /// What failed goes once more under the names that it would have had.
    @Test func failedInputsGoOnceMore() throws {
        try folder.write("in/a/good.png", Pictures.png(1))
        try folder.write("in/a/bad.png", "no picture")
        let first = try Program.svertka.run(
            "run", Checkout.pipeline("blur"), "in", "--output", "out", "--report", "r.jsonl", in: folder)
        #expect(first.status == 1)
        let merged = try Program.svertka.run("merge", "r.jsonl", "--failed", "failed.txt", in: folder)
        #expect(merged.status == 1 && merged.output.contains("in/a/bad.png: "))
        #expect(try folder.text("failed.txt") == "in/a/bad.png\n")
        try folder.write("in/a/bad.png", Pictures.png(2))
        let again = try Program.svertka.run(
            "run", Checkout.pipeline("blur"), "--files-from", "failed.txt", "--base", "in", "--output", "out",
            in: folder)
        #expect(again.status == 0, "\(again.errors)")
        #expect(folder.names(in: "out") == ["a/bad.png", "a/good.png"])
    }

    /// A list can be read beside the work to tell how much is left; of a pipe each line can be had only once.
    @Test(arguments: [false, true]) func progressKnowsHowLongAListIs(isPipe: Bool) throws {
        let names = (0..<30).map { "in/\($0).png" }
        for (number, name) in names.enumerated() { try folder.write(name, Pictures.png(number % 7)) }
        let list = names.joined(separator: "\n")
        try folder.write("list", list)
        let result = try Program.svertka.run(
            "run", Checkout.pipeline("blur"), "--files-from", isPipe ? "-" : "list", "--output", "out",
            "--progress", "plain", in: folder, input: isPipe ? list : nil)
        #expect(result.status == 0 && result.errors.contains("30 done"), "\(result.errors)")
        #expect(folder.names(in: "out").count == 30)
    }

    @Test func whatLooksLikeAnotherProgramsUsageIsTold() throws {
        try folder.write("in/a.png", Pictures.png)
        let blur = Checkout.pipeline("blur")
        let picture = try Program.svertka.run("run", blur, "in/a.png", "-o", "b.png", in: folder)
        #expect(picture.status == 64 && picture.errors.contains("encode step says"), "\(picture.errors)")
        let pipe = try Program.svertka.run("run", blur, "-", "-o", "out", in: folder)
        #expect(pipe.status == 64 && pipe.errors.contains("--files-from -"), "\(pipe.errors)")
        let bare = try Program.svertka.run(blur, "in", in: folder)
        #expect(bare.status == 64 && bare.errors.contains("did you mean svertka run"), "\(bare.errors)")
        #expect(!folder.exists("b.png") && !folder.exists("out"))
    }

    @Test func aJobReadsTheSameList() throws {
        try folder.write("in/a.png", Pictures.png)
        try folder.write("list", "in/a.png\0")
        let job = try Program.svertka.run(
            "submit", "--engine", "slurm", Checkout.pipeline("blur"), "--files-from", "list", "-0", "--base", "in",
            "--output", "out", "--shards", "2", "--dry-run", in: folder)
        #expect(job.status == 0 && job.output.contains("--files-from list --null --base in "), "\(job.output)")
        #expect(job.errors.contains("1 pictures"), "\(job.errors)")
        let pipe = try Program.svertka.run(
            "submit", "--engine", "slurm", Checkout.pipeline("blur"), "--files-from", "-", "--output", "out",
            "--shards", "2", "--dry-run", in: folder, input: "in/a.png\n")
        #expect(pipe.status == 64 && pipe.errors.contains("all machines see"), "\(pipe.errors)")
    }

    /// What a dead process left goes; results that are there are not made again.
    @Test func aBatchGoesOnWhereItWasKilled() throws {
        for number in 0..<300 { try folder.write("in/\(number % 3)/\(number).png", Pictures.png(number % 7)) }
        func start() throws -> RunningProgram {
            try Program.svertka.start(
                ["run", Checkout.pipeline("blur"), "in", "--output", "out", "--on-conflict", "skip"]
                    .map { Array($0.utf8) }, in: folder)
        }
        let program = try start()
        #expect(until { folder.names(in: "out").contains { !$0.contains("/.") } || !program.isRunning })
        program.signal(SIGKILL)
        _ = try? program.wait()
        let second = try start().wait()
        #expect(second.status == 0 && second.errors.contains("skipped, their results were there"), "\(second.errors)")
        #expect(folder.names(in: "out") == folder.names(in: "in"))
    }

    @Test func aPictureThatNeedsMoreMemoryThanThereIsIsRefused() throws {
        try folder.write("a.png", Pictures.png)
        let result = try Program.svertka.run(
            "run", Checkout.pipeline("blur"), "a.png", "--output", "out", "--memory", "1KiB", in: folder)
        #expect(result.status == 1 && result.errors.contains("raise --memory"), "\(result.errors)")
    }

    @Test func theReportGoesToStandardOutput() throws {
        try folder.write("a.png", Pictures.png)
        let result = try Program.svertka.run(
            "run", Checkout.pipeline("blur"), "a.png", "--output", "out", "--report", "-", in: folder)
        let report = try Self.report(result.output)
        #expect(report.count == 1)
        #expect(report[0]["status"] as? String == "done" && report[0]["outputs"] as? [String] == ["a.png"])
    }

    private static func report(_ text: String) throws -> [[String: Any]] {
        try text.split(separator: "\n").map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
    }

    @Test func aWrongPipelineProcessesNothing() throws {
        try folder.write("a.png", Pictures.png)
        try folder.write("wrong.json", #"{ "version": 2, "steps": [{ "op": "decode" }, { "op": "encode" }] }"#)
        let result = try Program.svertka.run("run", "wrong.json", "a.png", "--output", "out", in: folder)
        #expect(result.status == 2)
        #expect(result.errors.contains("wrong.json:1:14:"))
        #expect(folder.names(in: "out").isEmpty)
    }

    @Test func anOutputInsideTheInputIsRefused() throws {
        try folder.write("in/a.png", Pictures.png)
        symlink("in", folder.path + "/way")
        for output in ["in/out", "in", "way/out"] {
            let result = try Program.svertka.run(
                "run", Checkout.pipeline("blur"), "in", "--output", output, in: folder)
            #expect(result.status == 9, "\(output): \(result.errors)")
        }
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/in/out"), "what is refused is not made")
    }

    @Test func anOutputThatCannotBeMadeEndsWith3() throws {
        try folder.write("a.png", Pictures.png)
        try folder.write("file", "in the way")
        let result = try Program.svertka.run(
            "run", Checkout.pipeline("blur"), "a.png", "--output", "file/out", in: folder)
        #expect(result.status == 3 && result.errors.contains("file/out"))
    }

    /// Whole results only, no temporary file, and exit code 4.
    @Test(arguments: [SIGINT, SIGTERM])
    func aSignalEndsTheBatchCleanly(_ signal: Int32) throws {
        try folder.write("in/0.png", Pictures.png)
        for number in 1..<4000 { link(folder.path + "/in/0.png", folder.path + "/in/\(number).png") }
        let program = try Program.svertka.start(
            ["run", Checkout.pipeline("denoise-sharpen"), "in", "--output", "out"].map { Array($0.utf8) }, in: folder)
        // A published result, not only a temporary file.
        #expect(until { folder.names(in: "out").contains { !$0.hasPrefix(".") } || !program.isRunning })
        program.signal(signal)
        let result = try program.wait()
        #expect(result.status == 4, "\(result.errors)")
        let names = folder.names(in: "out")
        #expect(!names.isEmpty && names.count < 4000)
        #expect(names.allSatisfy { !$0.hasPrefix(".") && $0.hasSuffix(".png") }, "\(names)")
        let check = try Program.svertka.run("run", Checkout.pipeline("gray"), "out", "--output", "again", in: folder)
        #expect(check.status == 0, "\(check.errors)")
    }
}
