"""Style and script of a plan's page. The script is named by its digest in the page's policy: no other one runs."""

STYLE = """
:root{color-scheme:light dark;--ink:#1f2328;--faint:#5b636d;--ground:#fff;--line:#d0d7de;--head:#eaf0f6;--soft:#f5f8fb;
--accent:#005a96;--assumed:#8a4b00;--assumed-ground:#fff4e0;--given:#005a96;--bad:#a8330a}
@media (prefers-color-scheme:dark){:root{--ink:#e6e6e6;--faint:#a4adb8;--ground:#15181d;--line:#3d444d;--head:#222b36;
--soft:#1b2027;--accent:#6cb8ee;--assumed:#f0b45a;--assumed-ground:#33260f;--given:#6cb8ee;--bad:#ff9b73}}
*{box-sizing:border-box}html{scroll-behavior:smooth;scroll-padding-top:1rem}
body{font:15px/1.7 system-ui,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC","WenQuanYi Micro Hei",sans-serif;
color:var(--ink);background:var(--ground);margin:0 auto;max-width:1320px;padding:1.5rem 1.25rem;overflow-wrap:anywhere}
a{color:var(--accent)}:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:.5rem;background:var(--ground);padding:.3rem .8rem}
header{border-top:6px solid var(--accent);padding-top:1rem}
h1{font-size:1.75rem;line-height:1.3;margin:.2rem 0 1rem}
h2{font-size:1.3rem;margin:2.6rem 0 .8rem;padding-bottom:.35rem;border-bottom:2px solid var(--accent)}
h3{font-size:1.05rem;margin:1.5rem 0 .5rem}p{margin:.5rem 0}ul{padding-left:1.2rem;margin:.5rem 0}li{margin:.2rem 0}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr));gap:.75rem;margin:0 0 1rem;padding:0}
.tiles li{list-style:none;margin:0;border:1px solid var(--line);border-radius:6px;padding:.6rem .8rem;
background:var(--soft)}
.tiles b{display:block;font-size:1.3rem;line-height:1.4;font-variant-numeric:tabular-nums}
.tiles .bad b{color:var(--bad)}
.tiles span:first-child{color:var(--faint);font-size:.85rem;display:block}
dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(20rem,100%),1fr));gap:.1rem 1.5rem;margin:0 0 1rem}
dl div{display:flex;gap:.8rem;border-bottom:1px solid var(--line);padding:.25rem 0}
dt{color:var(--faint);flex:none;width:4.5em}dd{margin:0}
.legend{display:flex;flex-wrap:wrap;gap:.2rem 1.3rem;list-style:none;padding:.55rem .9rem;margin:0;font-size:.85rem;
background:var(--soft);border-left:4px solid var(--accent);color:var(--faint)}
.page{display:grid;grid-template-columns:13.5rem minmax(0,1fr);gap:2.2rem;align-items:start}
nav{position:sticky;top:0;max-height:100vh;overflow-y:auto;padding:1.6rem 0;font-size:.9rem}
nav summary{font-weight:600;cursor:pointer}nav ol{list-style:none;margin:.4rem 0;padding:0}nav li{margin:0}
nav a{display:block;padding:.22rem .6rem;text-decoration:none;color:var(--ink);border-left:3px solid var(--line)}
nav a:hover{background:var(--soft)}
nav a[aria-current]{border-color:var(--accent);color:var(--accent);font-weight:600;background:var(--soft)}
.lead>p{margin:0;padding:.45rem .9rem;border-left:4px solid var(--accent);background:var(--soft)}
.lead>p:first-of-type{font-size:1.1rem;font-weight:600}.lead>ul{margin-top:.8rem}
.mark{font-size:.74em;line-height:1.4;padding:.02em .4em;border-radius:3px;white-space:nowrap;margin:0 .15em;
border:1px solid var(--given);color:var(--given)}.mark i{font-size:0}
.mark.assumed{border:1px dashed var(--assumed);color:var(--assumed);background:var(--assumed-ground)}
td .mark{margin:0}
.cite{font-size:.8em;text-decoration:none;margin:0 .1em;white-space:nowrap}
.cite:hover,.cite:focus{text-decoration:underline}
.open{color:var(--assumed)}.open::before{content:"△ "}
.wide{overflow-x:auto;margin:.7rem 0}
table{overflow-wrap:break-word;border-collapse:collapse;font-size:.87rem;line-height:1.55;min-width:100%}
td,th{border:1px solid var(--line);padding:.35rem .55rem;text-align:left;vertical-align:top}
tbody th{font-weight:400}thead th{background:var(--head);white-space:nowrap}
.number{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}.short{white-space:nowrap}
.middle{min-width:7rem}.long{min-width:13rem}.blank{min-width:5rem}tr.total>*{font-weight:700;background:var(--soft)}
figure{margin:1rem 0}figcaption{font-weight:600;margin-bottom:.2rem}.plot{overflow-x:auto;overflow-y:hidden}
.note{color:var(--faint);font-size:.85rem;margin:.2rem 0 0}
.js-plotly-plot .main-svg text{fill:var(--ink)!important}.js-plotly-plot .hoverlayer text{fill:#222!important}
.js-plotly-plot .scatterlayer path.point,.js-plotly-plot path.scatterpts{fill:var(--ink)!important}
.copy{white-space:pre-wrap;border-left:3px solid var(--line);padding:.3rem .8rem;margin:.6rem 0}
.quotes{padding-left:0;list-style:none;font-size:.87rem}
.quotes li{padding:.35rem .4rem;border-bottom:1px solid var(--line)}
.quotes li:target{background:var(--assumed-ground)}
.quotes small,.quotes .back{color:var(--faint)}.back a{margin-left:.4em}
.sign td{height:3rem;min-width:6rem}.sign th{white-space:nowrap}
#tip{position:fixed;z-index:9;max-width:min(28rem,calc(100vw - 1.5rem));background:var(--ground);color:var(--ink);
border:1px solid var(--accent);border-radius:6px;padding:.6rem .8rem;font-size:.87rem;line-height:1.6;
box-shadow:0 4px 18px rgba(0,0,0,.25)}#tip .back{display:none}
footer{margin-top:3rem;padding-top:.8rem;border-top:1px solid var(--line);color:var(--faint);font-size:.85rem}
@media (max-width:900px){.page{display:block}nav{position:static;max-height:none;padding:1rem 0 0}
body{padding:1rem .9rem}h1{font-size:1.4rem}h2{font-size:1.18rem;margin-top:2rem}.plot>div.gantt{min-width:620px}
nav a{padding:.5rem .6rem}.cite{padding:.2em .1em}}
@page{size:A4;margin:16mm 13mm 18mm;@bottom-center{content:counter(page) " / " counter(pages);font-size:9pt;color:#555}}
@media print{:root{--ink:#000;--faint:#444;--ground:#fff;--line:#999;--head:#e8eef4;--soft:#f5f8fb;--accent:#00497a;
--assumed:#7a4200;--assumed-ground:#fff4e0;--given:#00497a;--bad:#a8330a}
html{scroll-behavior:auto;font-size:13px}body{font-size:10pt;line-height:1.55;max-width:none;margin:0;padding:0}.page{display:block}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}.skip,#tip,.back,noscript{display:none!important}
nav{position:static;max-height:none;overflow:visible;padding:.8rem 0 0}nav ol{columns:3}
nav a{padding:.05rem .4rem;border:0;color:#000!important;font-weight:400!important;background:none!important}
.tiles{grid-template-columns:repeat(5,1fr);gap:.4rem}.tiles li{padding:.4rem .5rem}.tiles b{font-size:1.05rem}
dl{grid-template-columns:1fr 1fr}h2{margin-top:1.6rem}h2,h3,figcaption,p:has(+.wide,+figure){break-after:avoid}
li,tr,figure,.copy,#sign{break-inside:avoid}.quotes{columns:2;font-size:7.5pt;line-height:1.45}
p{orphans:2;widows:2}a{text-decoration:none}
.wide,.plot{overflow:visible}table{font-size:8pt;line-height:1.45;width:100%}
td,th{padding:.2rem .3rem}tbody tr:last-child{break-before:avoid}td.blank{height:2rem}
thead th{white-space:normal}.middle,.long,.blank{min-width:0}.plot>div.gantt{min-width:0}
.note{break-before:avoid}}
"""

# 182 mm between the margins of A4 are 688 pixels; a chart is as high as a sheet holds at most.
SCRIPT = """
'use strict';
const all=(selector,root=document)=>[...root.querySelectorAll(selector)];
const data=document.getElementById('figures'),figures=data?JSON.parse(data.textContent):{};
const plots=Object.entries(figures).map(([id,figure])=>{const box=document.getElementById(id);
Plotly.newPlot(box,figure.data,figure.layout,{responsive:true,displayModeBar:false,displaylogo:false,doubleClick:false,
scrollZoom:false,showTips:false});return box;});
const heights=new Map(plots.map(box=>[box,parseFloat(box.style.height)]));
function size(box,width,height){box.style.height=height+'px';Plotly.relayout(box,{width,height});}
addEventListener('load',()=>plots.forEach(box=>Plotly.Plots.resize(box)));
let closed=[];
addEventListener('beforeprint',()=>{closed=all('details:not([open])');closed.forEach(part=>{part.open=true;});
heights.forEach((height,box)=>size(box,686,Math.min(height,800)));});
addEventListener('afterprint',()=>{closed.forEach(part=>{part.open=false;});
heights.forEach((height,box)=>{size(box,null,height);Plotly.Plots.resize(box);});});
if(matchMedia('(max-width:900px)').matches)all('nav details').forEach(part=>{part.open=false;});
const wide=()=>all('.wide,.plot').forEach(box=>{if(box.scrollWidth>box.clientWidth+1)box.tabIndex=0;
else box.removeAttribute('tabindex');});
addEventListener('load',wide);addEventListener('resize',wide);
const links=new Map(all('nav a').map(link=>[link.hash.slice(1),link]));
const watch=new IntersectionObserver(entries=>entries.filter(entry=>entry.isIntersecting).forEach(entry=>{
links.forEach(link=>link.removeAttribute('aria-current'));
links.get(entry.target.id)?.setAttribute('aria-current','true');}),{rootMargin:'0px 0px -75% 0px'});
all('main>section').forEach(section=>watch.observe(section));
const tip=document.getElementById('tip');
function hide(){tip.hidden=true;all('[aria-describedby=tip]').forEach(link=>link.removeAttribute('aria-describedby'));}
function show(event){const link=event.target.closest?.('a.cite');if(!link)return;
const quote=document.getElementById(link.hash.slice(1));if(!quote)return;
tip.replaceChildren(...[...quote.childNodes].map(node=>node.cloneNode(true)));tip.hidden=false;
link.setAttribute('aria-describedby','tip');const at=link.getBoundingClientRect(),size=tip.getBoundingClientRect();
tip.style.left=Math.max(8,Math.min(at.left,innerWidth-size.width-8))+'px';
tip.style.top=(at.bottom+size.height+10<innerHeight?at.bottom+6:Math.max(8,at.top-size.height-6))+'px';}
document.addEventListener('mouseover',show);document.addEventListener('focusin',show);
for(const name of ['mouseout','focusout','click'])document.addEventListener(name,hide);
addEventListener('scroll',hide,{passive:true});
document.addEventListener('keydown',event=>{if(event.key==='Escape')hide();});
"""
