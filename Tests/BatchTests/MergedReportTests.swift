import Glibc
import Outbox
import Testing

@testable import Batch

@Suite("Reports of all shards and tries make one, in which each input counts once")
struct MergedReportTests {
    private func merge(_ reports: [String]) throws -> MergedReport {
        var whole = MergedReport()
        for (number, report) in reports.enumerated() {
            var name = Array("/tmp/svertka-report-XXXXXX".utf8CString)
            let file = mkstemp(&name)
            defer {
                close(file)
                unlink(name)
            }
            let bytes = Array(report.utf8)
            #expect(write(file, bytes, bytes.count) == bytes.count)
            let path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
            try whole.add(try #require(LineReader(path: path)), name: "report \(number)")
        }
        return whole
    }

    private func done(_ name: String, shard: String? = nil) -> String {
        #"{"input":"\#(name)","status":"done","outputs":["x.png"],"format":"png","width":1000,"height":500,"#
            + #""seconds":0.5\#(shard.map { #","shard":"\#($0)""# } ?? "")}"# + "\n"
    }

    private func skipped(_ name: String) -> String {
        #"{"input":"\#(name)","status":"skipped","seconds":0,"shard":"0/2"}"# + "\n"
    }

    private func failed(_ name: String, code: String = "truncated") -> String {
        #"{"input":"\#(name)","status":"failed","code":"\#(code)","class":"permanent","step":"step 1 (decode)","#
            + #""message":"it ends","hint":"copy it again","seconds":0.1}"# + "\n"
    }

    private func end(_ shard: String, _ status: String = "ended") -> String {
        #"{"status":"\#(status)","shard":"\#(shard)","seconds":2}"# + "\n"
    }

    @Test func allShards() throws {
        let whole = try merge([
            done("a", shard: "0/2") + done("b", shard: "0/2") + end("0/2"), done("c", shard: "1/2") + end("1/2"),
        ])
        #expect(whole.done == 3 && whole.failed.isEmpty && whole.isComplete)
        #expect(whole.megapixels == 1.5 && whole.megapixelsPerSecond == 1.5 / 4)
    }

    @Test func missingAndUnfinishedShards() throws {
        let whole = try merge([
            done("a", shard: "0/4") + end("0/4"), done("c", shard: "1/4"), end("3/4", "interrupted"),
        ])
        #expect(whole.missing == [2] && whole.unfinished == [1, 3] && !whole.isComplete)
    }

    @Test func aShardThatWasKilledAndRunAgain() throws {
        let whole = try merge([
            done("a", shard: "0/2") + failed("b", code: "io") + #"{"input":"c","sta"#,
            skipped("a") + done("b", shard: "0/2") + skipped("c") + failed("d") + end("0/2"), end("1/2"),
        ])
        #expect(whole.isComplete)
        #expect(whole.done == 2 && whole.skipped == 1)
        #expect(whole.failed.map(\.input) == ["d"])
        #expect(whole.failed[0].text == "step 1 (decode): it ends; copy it again")
    }

    /// In whatever order the reports are named.
    @Test func theOrderOfTriesDoesNotMatter() throws {
        let reports = [done("a"), failed("a"), skipped("a")]
        for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2], [1, 2, 0], [0, 2, 1], [2, 0, 1]] {
            let whole = try merge(order.map { reports[$0] })
            #expect(whole.done == 1 && whole.skipped == 0 && whole.failed.isEmpty && whole.megapixels == 0.5)
        }
    }

    @Test func whatIsNoReport() throws {
        for text in ["hello\n", #"{"version": 1}"# + "\n", "{}\n", done("a") + "x\n" + done("b")] {
            #expect(throws: MergedReport.Fault.self, "\(text)") { try merge([text]) }
        }
        #expect(throws: MergedReport.Fault.self) { try merge([end("0/2"), end("0/3")]) }
        #expect(try merge([""]).done == 0)
    }

    @Test func namesComeBackAsTheyWere() {
        var state: UInt64 = 7
        for _ in 0..<500 {
            let bytes = (0..<20).map { _ -> UInt8 in
                state = state &* 6_364_136_223_846_793_005 &+ 1
                return [UInt8(state >> 56), 92, 10, 0x7B, 0xE2, 0x80, 0xA8][Int(state >> 33) % 7]
            }
            #expect(PrintableName.unescaped(PrintableName.escaped(bytes)) == bytes)
        }
        for wrong in ["\\", "\\q", "\\xZ1", "\\x1", "\\u12", "\\u{}", "\\u{110000}"] {
            #expect(PrintableName.unescaped(wrong) == nil)
        }
    }
}
