"""Makes the documents beside it with the tools that people use. Needs python-docx, reportlab, pikepdf and chromium,
with a font that has Chinese (Debian: fonts-droid-fallback): `python make.py`, in this folder."""

import subprocess
from pathlib import Path

import docx
import pikepdf
from docx.enum.text import WD_BREAK
from reportlab.lib.pagesizes import A5
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen import canvas

SENTENCE = "The balancer drains connections for thirty seconds."
CHINESE = "冷启动需要大约六十秒，检索系统很快。"
JAPANESE = "混合検索は速いです。"

PAGE = f"""<!doctype html><html lang=en><head><meta charset=utf-8><title>Guide to the service</title>
<style>p {{ color: black }}</style><script>var secret = "not text";</script></head><body>
<nav><a href="/home">Home menu</a></nav>
<h1>Guide</h1><p>{SENTENCE} See <a href="https://example.org/long">the notes</a>.</p>
<h2>Limits</h2><ul><li>MAX_ASYNC is 8</li><li>a queue of 1000</li></ul>
<table><tr><th>route</th><th>answer</th></tr><tr><td>/health</td><td>always 200</td></tr>
<tr><td>/readyz</td><td>503 until it is warm, which may take a while</td></tr></table>
<h2>中文</h2><p>{CHINESE}{JAPANESE}</p><pre><code># not a heading
cargo run</code></pre><p>tea &amp; caf&eacute; &lt;end&gt;</p></body></html>"""


def pdf_by_reportlab():
    page = canvas.Canvas("reportlab.pdf", pagesize=A5, invariant=1)
    page.setFont("Helvetica-Bold", 18)
    page.drawString(40, 540, "Guide to the service")
    page.setFont("Helvetica", 11)
    page.drawString(40, 510, SENTENCE)
    page.showPage()
    page.setFont("Times-Roman", 11)
    page.drawString(40, 540, "The second page: café, naïve, 62.5 s.")
    page.showPage()
    page.save()

    page = canvas.Canvas("cid.pdf", pagesize=A5, invariant=1)
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    page.setFont("STSong-Light", 12)
    page.drawString(40, 540, CHINESE)
    page.showPage()
    page.setFont("Helvetica", 11)
    page.drawString(40, 540, SENTENCE)
    page.showPage()
    page.save()


def pdf_encrypted():
    with pikepdf.open("reportlab.pdf") as pdf:
        pdf.save("password.pdf", encryption=pikepdf.Encryption(owner="owner", user="user", R=6))
        pdf.save("no-printing.pdf", encryption=pikepdf.Encryption(owner="owner", user="", R=4))


def pdf_by_chromium():
    Path("page.html").write_text(PAGE)
    subprocess.run(
        ["chromium", "--headless", "--no-sandbox", "--no-pdf-header-footer", "--print-to-pdf=chromium.pdf", "page.html"],
        check=True,
        stderr=subprocess.DEVNULL,
    )


def word():
    document = docx.Document()
    document.add_heading("Guide to the service", 0)
    document.add_heading("Limits", 1)
    paragraph = document.add_paragraph(SENTENCE)
    paragraph.add_run(" In bold.").bold = True
    paragraph.add_run().add_break(WD_BREAK.LINE)
    paragraph.add_run("After\ta tab & <end>.")
    document.add_paragraph("MAX_ASYNC is 8", style="List Bullet")
    document.add_paragraph("a queue of 1000", style="List Bullet")
    document.add_paragraph("first", style="List Number")
    document.add_paragraph("second", style="List Number")
    document.add_heading("Routes", 2)
    table = document.add_table(rows=3, cols=2)
    for row, texts in zip(table.rows, [("route", "answer"), ("/health", "always\n200"), ("/a|b", CHINESE)]):
        for cell, text in zip(row.cells, texts):
            cell.text = text
    table.cell(2, 0).add_table(1, 1).cell(0, 0).text = "inner"
    document.add_heading("中文", 1)
    document.add_paragraph(CHINESE + JAPANESE)
    document.save("word.docx")


pdf_by_reportlab()
pdf_encrypted()
pdf_by_chromium()
word()
