import Testing

@testable import Batch

@Suite("Shares divide a batch evenly, each input into one of them, and stay as they are")
struct ShareTests {
    private func paths(_ count: Int) -> [[UInt8]] {
        (0..<count).map { Array("album \($0 / 100)/IMG_\(1000 + $0).jpg".utf8) }
    }

    @Test func everyPathHasOneShare() {
        for count in [1, 2, 3, 9, 64] {
            let shares = (0..<count).map { Share(index: $0, count: count)! }
            for path in paths(200) { #expect(shares.count { $0.includes(path) } == 1) }
        }
    }

    /// Several ways to name 3,000 files.
    @Test(arguments: ["IMG_%.jpg", "%.png", "scan-%-front.png", "a/b/%/c.png", "x%00.png", "p%-7.jpg"])
    func theLargestOfNineSharesIsLittleLargerThanTheMean(_ form: String) {
        let parts = form.split(separator: "%", omittingEmptySubsequences: false)
        var sizes = [Int](repeating: 0, count: 9)
        for number in 0..<3000 {
            let path = Array("\(parts[0])\(number)\(parts[1])".utf8)
            sizes[(0..<9).first { Share(index: $0, count: 9)!.includes(path) }!] += 1
        }
        #expect(Double(sizes.max()!) <= 1.15 * 3000 / 9, "\(sizes)")
    }

    /// The division is part of what users rely on: a batch may go on with another version.
    @Test func theDivisionIsAlwaysTheSame() {
        let share = Share(index: 0, count: 9)!
        let own = paths(60).enumerated().filter { share.includes($0.element) }.map(\.offset)
        #expect(own == [0, 13, 21, 26, 34, 47, 55])
    }

    @Test(arguments: ["", "1", "1/", "/2", "2/2", "-1/2", "+1/2", "a/b", "1/2/3", "0/0", " 0/1", "0/1000001"])
    func wrongTexts(_ text: String) { #expect(Share(text) == nil) }

    @Test func texts() {
        #expect(Share("0/1") == Share(index: 0, count: 1))
        #expect(Share("8/9")?.text == "8/9")
    }
}
