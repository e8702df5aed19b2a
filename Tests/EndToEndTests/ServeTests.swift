import Foundation
import Testing

@Suite("svertka serve takes every file once, in whatever way it comes")
struct ServeTests {
    @Test func everyWayOfArriving() throws {
        let service = try ServiceFolder()
        let folder = service.folder
        try folder.write("in/there before.png", Pictures.png)
        for number in 0..<20 {
            try folder.write("other/linked \(number).png", Pictures.png(100 + number))
            try folder.write("other/tree/moved \(number).png", Pictures.png(200 + number))
        }
        let program = try service.serve()
        service.waitForResults(1, of: program)

        var expected: Set = ["there before.png"]
        for number in 0..<20 {
            try folder.write("in/written \(number).png", Pictures.png(number))
            try folder.write("in/renamed \(number).png.part", Pictures.png(300 + number))
            rename(
                folder.path + "/in/renamed \(number).png.part", folder.path + "/in/renamed \(number).png")
            link(folder.path + "/other/linked \(number).png", folder.path + "/in/linked \(number).png")
            expected.formUnion(["written \(number).png", "renamed \(number).png", "linked \(number).png"])
            expected.insert("tree/moved \(number).png")
        }
        rename(folder.path + "/other/tree", folder.path + "/in/tree")
        service.waitForResults(expected.count, of: program)
        try service.stop(program)
        #expect(Set(folder.names(in: "out")) == expected)
        #expect(Set(folder.names(in: "done")) == expected)
        #expect(folder.names(in: "failed").isEmpty && folder.names(in: "in").isEmpty)
    }

    /// A file that is written in pieces, by one writer who keeps it open and by one who opens it each time.
    @Test func aSlowWriterIsWaitedFor() throws {
        // Long against the pauses between the pieces, on a machine that is busy as well.
        let service = try ServiceFolder(settle: "4s")
        let folder = service.folder
        let program = try service.serve()
        let pieces = 12
        let kept = open(folder.path + "/in/kept.jpg", O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
        let whole = Pictures.jpeg
        for piece in 0..<pieces {
            let part = whole[(whole.count * piece / pieces)..<(whole.count * (piece + 1) / pieces)]
            append(part, to: kept)
            let again = open(folder.path + "/in/again.jpg", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
            append(part, to: again)
            close(again)
            usleep(300_000)
            if piece < pieces - 1 {
                #expect(folder.names(in: "out").isEmpty && folder.names(in: "failed").isEmpty, "taken early")
            }
        }
        close(kept)
        service.waitForResults(2, of: program)
        try service.stop(program)
        #expect(folder.names(in: "out") == ["again.jpg", "kept.jpg"])
        #expect(folder.names(in: "done") == ["again.jpg", "kept.jpg"])
        #expect(try folder.data("out/kept.jpg") == folder.data("out/again.jpg"))
    }

    private func append(_ data: Data, to descriptor: Int32) {
        let count = data.withUnsafeBytes { write(descriptor, $0.baseAddress!, $0.count) }
        #expect(count == data.count)
    }

    @Test func brokenFilesGoAsideWithTheirReason() throws {
        let service = try ServiceFolder()
        let folder = service.folder
        let program = try service.serve()
        let broken = ["text.jpg", "empty.png", "truncated.jpg"]
        try folder.write("in/text.jpg", "This is no picture.")
        try folder.write("in/empty.png", Data())
        try folder.write("in/truncated.jpg", Pictures.jpeg.prefix(Pictures.jpeg.count / 2))
        mkfifo(folder.path + "/in/pipe.png", 0o600)
        symlink(folder.path + "/service.json", folder.path + "/in/link.png")
        try folder.write("in/good.png", Pictures.png)
        service.waitForResults(1, of: program)
        #expect(until { broken.allSatisfy { folder.exists("failed/\($0).error.json") } }, "\(program.errors)")
        // Still at work.
        try folder.write("in/good too.jpg", Pictures.jpeg)
        service.waitForResults(2, of: program)
        try service.stop(program)
        #expect(folder.names(in: "out") == ["good too.jpg", "good.png"])
        #expect(folder.names(in: "failed") == (broken + broken.map { $0 + ".error.json" }).sorted())
        for name in broken {
            let note = try JSONSerialization.jsonObject(with: folder.data("failed/\(name).error.json"))
            let members = try #require(note as? [String: Any])
            for key in ["code", "class", "message", "hint"] { #expect(members[key] is String, "\(key) of \(name)") }
            #expect(program.errors.contains(name))
        }
    }

    @Test func namesAreBytes() throws {
        let service = try ServiceFolder()
        let folder = service.folder
        for name in RunTests.strangeNames { try folder.write(bytes: Array("in/".utf8) + name, Pictures.png) }
        let expected = folder.files(in: "in")
        let program = try service.serve()
        service.waitForResults(expected.count, of: program)
        try service.stop(program)
        #expect(folder.files(in: "out") == expected)
        #expect(folder.files(in: "done") == expected)
        #expect(!program.errors.contains("line\nbreak"))
    }

    @Test(arguments: [SIGTERM, SIGINT])
    func aSignalLosesNothing(_ signal: Int32) throws {
        let service = try ServiceFolder()
        let folder = service.folder
        // More than can be done between the first result and the signal.
        let count = 200
        let pictures = (0..<20).map { Pictures.png($0) }
        for number in 0..<count { try folder.write("in/\(number).png", pictures[number % 20]) }
        let program = try service.serve()
        service.waitForResults(1, of: program)
        program.signal(signal)
        let result = try program.wait(seconds: 30)
        #expect(result.status == 0, "\(result.errors)")
        let hidden = folder.names(in: "out").filter { ($0.split(separator: "/").last ?? "").hasPrefix(".") }
        #expect(hidden.isEmpty)
        let left = folder.files(in: "in").count
        #expect(left > 0, "all were done before the signal came")
        #expect(left + folder.files(in: "done").count == count)
        let rest = try service.once()
        #expect(rest.status == 0, "\(rest.errors)")
        #expect(folder.files(in: "out").count == count && folder.files(in: "done").count == count)
    }

    @Test func aSecondServiceOnTheSameFoldersIsRefused() throws {
        let service = try ServiceFolder()
        let first = try service.serve()
        try service.folder.write("in/a.png", Pictures.png)
        service.waitForResults(1, of: first)
        let second = try service.once()
        #expect(second.status == 9)
        #expect(second.errors.contains("\(first.process)"), "the holder is named:\n\(second.errors)")
        try service.stop(first)
    }

    @Test func onceTakesWhatIsThereAndEnds() throws {
        let service = try ServiceFolder()
        try service.folder.write("in/a.png", Pictures.png)
        try service.folder.write("in/b/c.jpg", Pictures.jpeg)
        let good = try service.once()
        #expect(good.status == 0, "\(good.errors)")
        #expect(service.folder.names(in: "out") == ["a.png", "b/c.jpg"])
        try service.folder.write("in/broken.png", "no picture")
        let bad = try service.once()
        #expect(bad.status == 1 && bad.errors.contains("broken.png"))
    }

    @Test func aWrongPipelineStopsTheStart() throws {
        let service = try ServiceFolder()
        try service.folder.write("in/a.png", Pictures.png)
        try service.folder.write("pipeline.json", #"{ "version": 1, "steps": [{ "op": "decode" }, { "op": "no" }] }"#)
        try service.folder.write(
            "service.json", #"{ "state": "state", "folders": [{ "root": ".", "pipeline": "pipeline.json" }] }"#)
        let result = try service.once()
        #expect(result.status == 2)
        #expect(result.errors.contains("pipeline.json:1:55"), "\(result.errors)")
        #expect(service.folder.names(in: "in") == ["a.png"])
    }

    @Test func aBrokenPipelineLeavesTheOldOneInForce() throws {
        let service = try ServiceFolder()
        let folder = service.folder
        func use(_ pipeline: String) throws {
            try folder.write(
                "service.json", #"{ "state": "state", "folders": [{ "root": ".", "pipeline": "\#(pipeline)" }] }"#)
        }
        let good = #"{ "version": 1, "steps": [{ "op": "decode" }, { "op": "encode", "file": "{stem}-NAME.png" }] }"#
        try folder.write("one.json", good.replacingOccurrences(of: "NAME", with: "one"))
        try use("one.json")
        let program = try service.serve()
        try folder.write("in/a.png", Pictures.png)
        service.waitForResults(1, of: program)

        try folder.write("one.json", #"{ "version": 1, "steps": [{ "op": "decode" }, { "op": "no" }] }"#)
        #expect(until { program.errors.contains("one.json:1:55") }, "\(program.errors)")
        try folder.write("in/b.png", Pictures.png)
        service.waitForResults(2, of: program)
        let status = try Program.svertka.run("status", "--config", "service.json", in: folder)
        #expect(status.status == 0 && status.output.contains("one.json:1:55"), "\(status.output)\(status.errors)")

        // The file that is missing is one that the configuration in force does not name.
        try use("two.json")
        #expect(until { program.errors.contains("two.json cannot be read") }, "\(program.errors)")
        try folder.write("two.json", good.replacingOccurrences(of: "NAME", with: "two"))
        #expect(until { program.errors.contains("reloaded") }, "\(program.errors)")
        try folder.write("in/c.png", Pictures.png)
        service.waitForResults(3, of: program)
        try service.stop(program)
        #expect(folder.names(in: "out") == ["a-one.png", "b-one.png", "c-two.png"])
    }

    /// Each cause as somebody would meet it, with the service running.
    @Test func whyKnowsTheCause() throws {
        let service = try ServiceFolder(
            settle: "4s", more: #", "include": ["*.png", "*.jpg"], "exclude": ["raw"], "originals": "keep""#)
        let folder = service.folder
        func why(_ path: String) throws -> String {
            let result = try Program.svertka.run("why", path, "--config", "service.json", "--json", in: folder)
            #expect(result.status == 0, "\(result.errors)")
            let answer = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
            return answer?["code"] as? String ?? result.output
        }
        try folder.write("in/early.png", Pictures.png)
        #expect(try why("in/early.png") == "not-running")
        #expect(try why("in/none.png") == "no-such-file")
        let program = try service.serve()
        service.waitForResults(1, of: program)
        // Written again before each question, so that it cannot have settled.
        let isSettling = try until {
            try folder.write("in/broken.png", "no picture")
            return try why("in/broken.png") == "settling"
        }
        #expect(isSettling)
        for name in ["text.txt", "raw/a.png", ".hidden.png", "a.png.partial"] {
            try folder.write("in/" + name, Pictures.png)
        }
        mkfifo(folder.path + "/in/pipe.png", 0o600)
        symlink(folder.path + "/service.json", folder.path + "/in/link.png")
        let writer = open(folder.path + "/in/slow.png", O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
        append(Pictures.png.prefix(20), to: writer)
        let expected = [
            "out/x.png": "own-folder", "done/x.png": "own-folder", "/etc/passwd": "not-watched",
            "in/early.png": "done-kept", "in/text.txt": "not-included", "in/raw/a.png": "excluded",
            "in/.hidden.png": "hidden", "in/a.png.partial": "unfinished-name", "in/pipe.png": "named-pipe",
            "in/link.png": "symbolic-link", "in/none.png": "no-such-file",
            "in": "folder", "in/raw": "excluded", "out/early.png": "result",
        ]
        for (path, code) in expected {
            // The service writes its report once a second.
            let came = until { (try? why(path)) == code }
            let answer = try why(path)
            #expect(came, "\(path): \(answer), not \(code)")
        }
        let slow = try why("in/slow.png")
        #expect(["being-written", "settling"].contains(slow), "\(slow)")
        close(writer)
        unlink(folder.path + "/in/slow.png")
        try folder.write("in/early.png", Pictures.png(3))
        service.waitForResults(2, of: program)
        #expect(until { folder.exists("failed/broken.png") }, "\(program.errors)")
        #expect(try why("in/broken.png") == "failed" && why("failed/broken.png") == "failed")
        try service.stop(program)
    }

    @Test func anUnsafeConfigurationStopsTheStart() throws {
        let service = try ServiceFolder(more: #", "out": "in/out""#)
        #expect(try service.once().status == 9)
    }

    /// What waits for another try is told with its reason and the time, to people and to programs.
    @Test func transientFailuresAreShownAsSuch() throws {
        let service = try ServiceFolder()
        let folder = service.folder
        // A file where a folder should be is in the way of one picture; the disk is said to be in order.
        try folder.write("failed/sub", "in the way")
        try folder.write("in/sub/a.png", "no picture")
        let program = try service.serve()
        func run(_ arguments: String...) throws -> String {
            let result = try Program.svertka.start(
                (arguments + ["--config", "service.json"]).map { Array($0.utf8) }, in: folder
            ).wait()
            #expect(result.status == 0, "\(result.errors)")
            return result.output
        }
        #expect(until { (try? run("status"))?.contains("waiting for another try in ") == true }, "\(program.errors)")
        // Between two times of waiting there is a try, during which it is simply in work.
        var postponed: [String: Any]?
        let isPostponed = try until {
            let status = try JSONSerialization.jsonObject(with: Data(run("status", "--json").utf8)) as? [String: Any]
            let first = try #require((status?["folders"] as? [[String: Any]])?.first)
            #expect(first["balanced"] as? Bool == true && first["failed"] as? Int == 0)
            postponed = (first["postponed"] as? [[String: Any]])?.first
            return first["waiting"] as? Int == 1 && postponed != nil
        }
        #expect(isPostponed, "\(program.errors)")
        #expect(postponed?["count"] as? Int == 1 && postponed?["retryAt"] is Int && postponed?["reason"] is String)
        #expect(until { (try? run("why", "in/sub/a.png"))?.contains("is tried again ") == true })
        #expect(
            until {
                guard let history = try? run("history", "--state", "waiting", "--json"),
                    let entry = try? JSONSerialization.jsonObject(with: Data(history.utf8)) as? [String: Any]
                else { return false }
                return entry["state"] as? String == "waiting" && entry["retryAt"] is String
            })
        unlink(folder.path + "/failed/sub")
        #expect(until { folder.exists("failed/sub/a.png.error.json") }, "\(program.errors)")
        try service.stop(program)
    }

    /// Two files of one name have failed one after the other: there is one to put back.
    @Test func aPlaceWhereFilesFailedAgainAndAgainIsRetriedOnce() throws {
        let service = try ServiceFolder(settle: "0ms")
        let folder = service.folder
        for round in 0..<3 {
            if round == 0 { try folder.write("in/b.png", "no picture") }
            let once = try service.once()
            #expect(once.status == 1 && folder.exists("failed/b.png"), "\(once.errors)")
            let retry = try Program.svertka.run(
                "retry", "--all", in: folder, environment: ["SVERTKA_CONFIG": "service.json"])
            #expect(retry.status == 0 && retry.errors.isEmpty, "\(retry.errors)")
            #expect(retry.output.split(separator: "\n").count == 1 && folder.names(in: "in") == ["b.png"])
        }
        let other = try Program.svertka.run("retry", "in/c.png", "--config", "service.json", in: folder)
        #expect(other.status == 1 && other.errors.hasPrefix("in/c.png: no file that failed"), "\(other.errors)")
    }

    @Test func aBrokenConfigurationIsToldByEveryQuestion() throws {
        let service = try ServiceFolder()
        try service.folder.write("service.json", "{\n  \"state\": \"state\",\n  \"folders\": [ 1 ]\n}\n")
        for question in [["status"], ["status", "--json"], ["history"], ["why", "in/a.png"], ["retry", "--all"]] {
            let result = try Program.svertka.start(
                (question + ["--config", "service.json"]).map { Array($0.utf8) }, in: service.folder
            ).wait()
            #expect(result.status == 2, "\(question)")
            #expect(result.errors.contains("service.json:3:16"), "\(result.errors)")
            #expect(result.output.isEmpty)
        }
    }
}
