import "./styles/page.css";
import "./app/app.ts";
